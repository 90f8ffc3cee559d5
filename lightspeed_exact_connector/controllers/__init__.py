from . import exact_oauth
