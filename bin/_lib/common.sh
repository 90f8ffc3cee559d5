# shellcheck shell=bash
# Shared by the scripts in bin/: where things are and how to speak. Sourced, not run.

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
LOCAL=$ROOT/.local
ADDON=lightspeed_exact_connector
PYTHON=$LOCAL/venv/bin/python
export ROOT LOCAL ADDON PYTHON

say() { printf '%s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}

# The folder that holds the `odoo` package: the caller's own, or the one of bin/setup.
odoo_home() {
  printf '%s' "${ODOO_HOME:-$LOCAL/odoo/usr/lib/python3/dist-packages}"
}

# Odoo's addons and this checkout, as --addons-path wants them.
addons_path() {
  local home folder path=""
  home=$(odoo_home)
  for folder in "$home/odoo/addons" "$home/addons"; do
    # Beside the packaged Odoo stands an addons/ of stubs: count only one with `web`.
    if [[ -f $folder/web/__manifest__.py || $folder == */odoo/addons ]]; then
      path+=$folder,
    fi
  done
  printf '%s' "$path$ROOT"
}

# Tell Odoo by its environment variables (an argument still wins) what it works with.
odoo_environment() {
  [[ -x $PYTHON ]] || die "run bin/setup first"
  ODOO_ADDONS_PATH=$(addons_path)
  export ODOO_ADDONS_PATH
  export ODOO_DATA_DIR=${ODOO_DATA_DIR:-$LOCAL/data}
  export ODOO_HTTP_INTERFACE=${ODOO_HTTP_INTERFACE:-127.0.0.1}
  # An own, empty configuration file, so that a developer's ~/.odoorc plays no part.
  if [[ -z ${ODOO_RC-} ]]; then
    export ODOO_RC=$LOCAL/run/odoo.conf
    [[ -f $ODOO_RC ]] || echo '[options]' >"$ODOO_RC"
  fi
}
