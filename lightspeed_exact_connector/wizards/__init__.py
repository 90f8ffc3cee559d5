from . import lightspeed_exact_oss_coverage
from . import lightspeed_exact_identity_choice
