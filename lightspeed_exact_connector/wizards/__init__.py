from . import lightspeed_exact_oss_coverage
