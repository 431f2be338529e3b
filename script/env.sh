# Read by the other scripts (`. script/env.sh`): from the root, with our own Node first.
# Sets no registry: npm, pip, cargo and apt keep what the machine gives them.
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH"
# Node from npm knows only the authorities it was built with, not those the machine trusts.
export NODE_USE_SYSTEM_CA=1

# Installs a folder's npm packages unless they already are what its lock file says.
npm_packages() {
    if [ ! -e "$1/node_modules/.package-lock.json" ] ||
        [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
        npm ci --prefix "$1"
        touch "$1/node_modules/.package-lock.json"
    fi
}
