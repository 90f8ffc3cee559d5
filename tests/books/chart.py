"""The VAT codes of the sellers in the stand-in for Exact Online."""

from fractions import Fraction

from tests.books import law
from tests.books.worlds import oss_code, oss_rates, vat_account


def add_vat_codes(exact, division, world):
    """Add the VAT codes that no chart has: OSS, and a country's own rates.

    :param exact: the sandbox's service
    :param int division: of the seller
    :param World world: the seller
    """
    if world.accounts == "BE":
        exact.control_add_vat_code(division, "M1", "0", type="N", vat_margin=1)
    if world.auto_oss and world.accounts == "NL":
        # Of two codes for a country and rate one would have to be chosen.
        for code in ("AT2", "BE1", "BE2", "DE1", "DE2", "ES1", "FR1", "FR2"):
            exact.control_block_vat_code(division, code)
    if world.country in ("DE", "CA"):
        for rate, _account, code in world.home_rates:
            owed = vat_account(world, code)
            exact.control_add_vat_code(division, code, rate, gl_to_pay=owed)
    if not (world.oss or world.registrations):
        return
    for country in law.RATES:
        for rate in oss_rates(country):
            code = oss_code(country, Fraction(rate))
            exact.control_add_vat_code(
                division,
                code,
                rate,
                gl_to_pay=vat_account(world, code),
                oss_country="GB" if country == "XI" else country,
            )
