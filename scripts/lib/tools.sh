# Programs that are no Python packages; sourced by scripts/setup.
# shellcheck shell=bash

need_compiler() {
    if command -v c++ >/dev/null && command -v cc >/dev/null; then return; fi
    say "Installing a C++ compiler with apt (pymicro-vad and pyspeex-noise are built from source) …"
    apt_install g++ libc6-dev && command -v c++ >/dev/null && return
    fail "There is no C++ compiler, and this user cannot install one." \
        "Home Assistant's voice assistants need it. Install it (Debian, Ubuntu: apt install g++) and run this again."
}

need_ffmpeg() {
    ffmpeg -version >/dev/null 2>&1 && return
    say "Installing ffmpeg …"
    apt_install ffmpeg && ffmpeg -version >/dev/null 2>&1 && return
    find_uv
    find_python
    local carried
    "$uv" pip install --quiet --python "$python" --target "$private/ffmpeg" imageio-ffmpeg==0.8.1 &&
        carried=$(find "$private/ffmpeg/imageio_ffmpeg/binaries" -name 'ffmpeg-*' -print -quit) &&
        [[ -n $carried ]] && ln -sfn "$carried" "$private/bin/ffmpeg" && ffmpeg -version >/dev/null 2>&1 && return
    fail "ffmpeg could not be installed." \
        "Home Assistant converts speech with it. Install it (Debian, Ubuntu: apt install ffmpeg) and run this again."
}

need_iproute2() {
    command -v ip >/dev/null && return
    say "Installing iproute2 …"
    apt_install iproute2 && return
    say "note: There is no iproute2, so the tests with a network of their own are skipped."
}

need_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    say "Installing Chromium with apt …"
    apt_install chromium && return
    say "note: There is no Chromium, so the browser tests are skipped. To run them, install it and run this again."
}

need_players() {
    local name missing=()
    for name in vlc mpd gmediarender mpv pulseaudio parec; do
        command -v "$name" >/dev/null || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    say "Installing media players (VLC, MPD, gmediarender, mpv) and a sound server for them …"
    # PulseAudio would replace the sound server of some desktops.
    apt_install --no-remove vlc-bin vlc-plugin-base mpd mpv gmediarender gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
        gstreamer1.0-libav pulseaudio pulseaudio-utils && return
    say "note: There is no ${missing[*]}, so the tests with media players are skipped."
}
