# shellcheck shell=bash
# Read by the other scripts (`. script/env.sh`): from the root, with our own Node first, then the
# Rust of rustup, which a shell does not find until it is opened anew.
# Sets no registry: npm, pip, cargo and apt keep what the machine gives them.
cd "$(dirname "$0")/.." || exit
export PATH="$PWD/.tools/bin:${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"
# Our Node brings certificates of its own; the machine's count too, as for its other programs.
export NODE_USE_SYSTEM_CA=1

# Installs a folder's npm packages unless they already are what its lock file says.
npm_packages() {
    if [ ! -e "$1/node_modules/.package-lock.json" ] ||
        [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
        npm ci --prefix "$1"
        touch "$1/node_modules/.package-lock.json"
    fi
}
