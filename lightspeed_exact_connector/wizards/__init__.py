from . import (
    lightspeed_exact_history,
    lightspeed_exact_identity_choice,
    lightspeed_exact_invitation_link,
    lightspeed_exact_oss_coverage,
    lightspeed_exact_person,
    lightspeed_exact_person_export,
    lightspeed_exact_person_line,
    lightspeed_exact_skip,
    lightspeed_exact_where_is,
)
