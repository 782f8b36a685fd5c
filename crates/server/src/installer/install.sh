#!/bin/sh
# Installs the agent of Bailiwick on this machine, or replaces its program. Run as root:
#   sh -s -- https://SERVER
# The lines before this text set the values of this server.
# All commands are in a function that the last line calls, so that a download that was cut off runs none of them.
set -eu
umask 022

fail() {
    echo "bailiwick: $*" >&2
    exit 1
}

run() {
    server=${1:-}
    program=/usr/local/bin/bailiwick-agent
    settings=/etc/bailiwick
    data=/var/lib/bailiwick-agent
    unit=/etc/systemd/system/bailiwick-agent.service
    log=/var/log/bailiwick-agent.log
    has_systemd=no
    [ ! -d /run/systemd/system ] || has_systemd=yes

    case $server in
    https://?* | http://?*) ;;
    *) fail "expected the address of the server, as in: sh -s -- https://bailiwick.example.com:8443" ;;
    esac
    [ "$(id -u)" = 0 ] || fail "run this as root, for example with sudo"
    [ "$(uname -s)" = Linux ] || fail "the agent runs on Linux only, and this is $(uname -s)"
    [ ! -e /usr/bin/bailiwick-agent ] ||
        fail "the package bailiwick-agent is installed here: write the enrolment key to $settings/enrol.key and the server's address to $settings/agent.env, and run: systemctl start bailiwick-agent"
    for needed in curl sha256sum install mktemp; do
        command -v "$needed" >/dev/null || fail "$needed is missing: install it first"
    done

    platform=linux-$(uname -m)
    expected=$(printf '%s' "$programs" | sed -n "s/^$platform //p")
    [ -n "$expected" ] || fail "the server has no agent for $platform, only for: $(printf '%s' "$programs" | cut -d' ' -f1 | tr '\n' ' ')"

    mkdir -p /usr/local/bin
    work=$(mktemp -d /usr/local/bin/.bailiwick-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    printf '%s' "$certificate" >"$work/server.pem"

    # The key is not an argument, which other users of the machine could see. -g: an address of IPv6 has brackets.
    fetch() {
        printf 'header = "Authorization: Bearer %s"\n' "$key" |
            if [ -n "$pin" ]; then
                curl -fgsS -K - -k --pinnedpubkey "$pin" -o "$2" "$1"
            else
                curl -fgsS -K - -o "$2" "$1"
            fi
    }

    echo "Downloading the agent from $server"
    fetch "$server/v1/installer/$platform" "$work/agent" || fail "the agent could not be downloaded from $server"
    found=$(sha256sum "$work/agent" | cut -d' ' -f1)
    [ "$found" = "$expected" ] || fail "the downloaded program is not the one that the server announced; run this again"
    chmod 0755 "$work/agent"
    version=$("$work/agent" --version) || fail "the program cannot be executed here"
    mv -f "$work/agent" "$program"

    if [ -e "$data/credential.json" ]; then
        if [ "$has_systemd" = yes ] && systemctl is-active --quiet bailiwick-agent; then
            systemctl reload bailiwick-agent
            echo "$version is installed. The agent starts with it as soon as no command runs."
        else
            echo "$version is installed. An agent is enrolled here already: start it with: $program --data $data"
        fi
        exit 0
    fi

    [ -n "$key" ] || fail "this machine is not enrolled yet: use an enrolment key (bailiwick keys create --kind enrol)"
    install -d -m 0755 "$settings"
    (umask 077 && printf '%s\n' "$key" >"$settings/enrol.key")
    {
        echo "BAILIWICK_URL=$server"
        [ -z "$certificate" ] || echo "BAILIWICK_CA=$settings/server.pem"
    } >"$settings/agent.env"
    [ -z "$certificate" ] || install -m 0644 "$work/server.pem" "$settings/server.pem"

    if [ "$has_systemd" = yes ]; then
        printf '%s' "$unit_text" >"$unit"
        systemctl daemon-reload
        # An agent that ends at once is noticed below.
        systemctl enable --quiet --now --no-block bailiwick-agent
        last_lines() { journalctl --no-pager -n 20 -u bailiwick-agent; }
    else
        # Without systemd the agent is started here; the machine has to start it again by itself.
        set -a && . "$settings/agent.env" && set +a
        setsid "$program" --data "$data" --enrol-file "$settings/enrol.key" </dev/null >>"$log" 2>&1 &
        last_lines() { tail -n 20 "$log"; }
    fi

    waited=0
    until grep -qs '"valid"' "$data/credential.json"; do
        waited=$((waited + 1))
        if [ "$waited" -gt 60 ]; then
            last_lines >&2
            fail "the agent is not enrolled after a minute; its last lines are above"
        fi
        sleep 1
    done
    rm -f "$settings/enrol.key"
    echo "$version is installed, and this machine is enrolled with $server."
    if [ "$has_systemd" = no ]; then
        echo "This machine has no systemd: have it start this at boot, with the variables of $settings/agent.env:"
        echo "  $program --data $data"
    fi
}

run "$@"
