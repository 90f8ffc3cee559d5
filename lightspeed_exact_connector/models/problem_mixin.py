from odoo import api, fields, models

from .reasons import WHO, describe, who_can


class ProblemMixin(models.AbstractModel):
    """A record that remembers what is wrong as a code and values, never a sentence."""

    _name = "lightspeed.exact.problem.mixin"
    _description = "Remembered Problem"

    problem_code = fields.Char(readonly=True, copy=False)
    problem_params = fields.Json(readonly=True, copy=False)
    problem_since = fields.Datetime(readonly=True, copy=False)
    problem_text = fields.Char(string="Problem", compute="_compute_problem_text")
    problem_advice = fields.Char(string="What to do", compute="_compute_problem_text")
    problem_who = fields.Selection(
        WHO,
        string="Who",
        compute="_compute_problem_who",
        help="Who can do something about it.",
    )

    @api.depends("problem_code", "problem_params")
    @api.depends_context("lang")
    def _compute_problem_text(self):
        for record in self:
            record.problem_text, record.problem_advice = describe(
                self.env, record.problem_code, record.problem_params
            )

    @api.depends("problem_code")
    def _compute_problem_who(self):
        for record in self:
            record.problem_who = who_can(record.problem_code)

    def _problem_sentence(self, code, params=None):
        """Return text and advice of a problem as one piece of text."""
        text, advice = describe(self.env, code, params)
        return f"{text}\n{advice}" if advice else text

    def _set_problem(self, code, params=None):
        """Remember a problem; the moment stays when it is the same one."""
        for record in self:
            if record.problem_code == code and record.problem_params == params:
                continue
            record.write(
                {
                    "problem_code": code,
                    "problem_params": params or False,
                    "problem_since": record.problem_since
                    if record.problem_code == code
                    else fields.Datetime.now(),
                }
            )

    def _clear_problem(self):
        self.filtered("problem_code").write(
            {"problem_code": False, "problem_params": False, "problem_since": False}
        )
