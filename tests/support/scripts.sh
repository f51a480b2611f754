# What the scripts share that need programs of others: to be sourced at the root of the project, with `$work` set to the name of a
# folder under the target directory, where everything goes that is installed or made.

target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
work="$target/$work"
mkdir -p "$work"

step() { printf '\n-- %s\n' "$*"; }

# packages NAME...: Debian's.
packages() {
    if [ $# -gt 0 ]; then
        apt-get update
        apt-get install --yes --no-install-recommends "$@"
    fi
}

# database_servers: PostgreSQL, Redis, and what starts them.
database_servers() {
    local missing=()
    compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v setpriv >/dev/null || missing+=(util-linux)
    packages "${missing[@]}"
}

# node_modules FOLDER: what the lockfile in it says, in $work/node.
node_modules() {
    if ! cmp --silent "$1/package-lock.json" "$work/package-lock.json"; then
        rm -rf "$work/node" "$work/package-lock.json"
        mkdir "$work/node"
        cp "$1/package.json" "$1/package-lock.json" "$work/node/"
        npm ci --prefix "$work/node" --no-audit --no-fund --loglevel=error
        cp "$1/package-lock.json" "$work/"
    fi
}

# in_a_home: makes a folder and goes there. When the script ends, the folder goes, and with it all that runs in the background; if it
# fails, the last lines of the logs are shown.
in_a_home() {
    home="$(mktemp -d)"
    trap leave_home EXIT
    cd "$home"
}
leave_home() {
    local code=$?
    [ "$code" -eq 0 ] || tail --lines=20 "$home"/*.log
    kill $(jobs -p) 2>/dev/null || true
    wait
    rm -rf "$home"
    exit "$code"
}

# python_packages FOLDER: what the requirements in it say, in $work/python.
python_packages() {
    if ! cmp --silent "$1/requirements.txt" "$work/requirements.txt"; then
        rm -rf "$work/python" "$work/requirements.txt"
        python3 -m venv "$work/python"
        "$work/python/bin/pip" install --quiet --disable-pip-version-check --requirement "$1/requirements.txt"
        cp "$1/requirements.txt" "$work/"
    fi
}

# told FILE PATTERN PROCESS: what a process in the background has told of itself, once it has.
told() {
    until grep --only-matching --max-count=1 "$2" "$1"; do
        kill -0 "$3" 2>/dev/null || return 1
        sleep 0.1
    done
}
