# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
private=$root/.local          # everything that set-up puts on the machine, ignored by git
export PATH=$private/bin:$PATH

say() { printf '%s\n' "$*" >&2; }

# fail WHAT-HAPPENED WHAT-TO-DO
fail() {
    printf 'error: %s\n' "$1" >&2
    printf '       %s\n' "${@:2}" >&2
    exit 1
}

# Lets one set-up at a time work on .local/, until this process ends.
lock_private() {
    mkdir -p "$private/bin" "$private/stamps" 2>/dev/null ||
        fail "The folder $private cannot be written." "Clone the repository into a folder of your own."
    command -v flock >/dev/null || return 0
    exec 9>"$private/lock"
    flock -n 9 && return
    say "Waiting for another set-up in this folder to end …"
    flock 9
}

fingerprint() { cat "$@" | sha256sum | cut -d' ' -f1; }

# apt_install PACKAGE…: false where this user may not, or the package cannot be had.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local as_root=(env) log=$private/apt.log
    if ((EUID)); then
        sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n env)
    fi
    local apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
    local install=("${apt[@]}" install -y --no-install-recommends "$@")
    "${install[@]}" >"$log" 2>&1 9>&- && return
    "${apt[@]}" update >>"$log" 2>&1 9>&- || true
    "${install[@]}" >>"$log" 2>&1 9>&- && return
    say "apt-get could not install $*; its output is in $log."
    return 1
}
