# Runs as root inside a fresh Debian: both packages are installed in a lower version, upgraded while a command runs, and
# purged. Without systemd, the commands of the units are run here, as the units say, and what the packages would have
# systemd do is done by hand.
set -eux
export DEBIAN_FRONTEND=noninteractive
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /dev/pts

unit() {
    sed -n "s/^$2=-\{0,1\}//p" "/usr/lib/systemd/system/$1.service"
}
as_server() {
    (cd /etc/bailiwick && exec setpriv --reuid bailiwick --regid bailiwick --clear-groups "$@")
}
start_server() {
    # shellcheck disable=SC2046
    as_server $(unit bailiwick ExecStartPre)
    # shellcheck disable=SC2046
    as_server $(unit bailiwick ExecStart) >>/tmp/server.log 2>&1 &
    until "$bailiwick" server ready --data "$data"; do sleep 0.2; done
}
stop_server() {
    pkill -TERM -u bailiwick
    while pgrep -u bailiwick; do sleep 0.2; done
}

bailiwick=/usr/bin/bailiwick
data=/var/lib/bailiwick
apt-get install -y --no-install-recommends /tmp/low/*.deb
test "$(stat -c '%U %a' /etc/bailiwick/bailiwick.env)" = 'root 600'
test "$(getent passwd bailiwick | cut -d: -f6,7)" = '/var/lib/bailiwick:/usr/sbin/nologin'
test -s /usr/share/man/man1/bailiwick.1.gz
test -s /usr/share/man/man1/bailiwick-agent.1.gz
bash -n /usr/share/bash-completion/completions/bailiwick
test -L /etc/systemd/system/multi-user.target.wants/bailiwick.service
test -L /etc/systemd/system/multi-user.target.wants/bailiwick-agent.service

# A setting is changed, and the data of an earlier version is there.
sed -i 's/port: 8443/port: 18443/' /etc/bailiwick/bailiwick.yml
install -d -o bailiwick -g bailiwick -m 0700 "$data"
tar -xzf /tmp/data.tar.gz -C "$data"
chown -R bailiwick:bailiwick "$data"
start_server
"$bailiwick" sites list --data "$data" | grep 'Written by an earlier version'

line=$("$bailiwick" add-machine --no-wait --json --data "$data")
key=$(printf '%s' "$line" | grep -o 'blw_enrol_[A-Za-z0-9_]*' | head -n 1)
cp "$data/tls/certificate.pem" /etc/bailiwick/server.pem
{
    echo BAILIWICK_URL=https://127.0.0.1:18443
    echo BAILIWICK_CA=/etc/bailiwick/server.pem
} >/etc/bailiwick/agent.env
(umask 077 && echo "$key" >/etc/bailiwick/enrol.key)
(
    set -a
    . /etc/bailiwick/agent.env
    # shellcheck disable=SC2046
    exec $(unit bailiwick-agent ExecStart)
) >/tmp/agent.log 2>&1 &
agent=$!
until "$bailiwick" nodes list --status online --json --data "$data" | grep '"online"'; do sleep 0.2; done

# The upgrade, while a command runs: the command ends well, and the agent is the same process with another program.
command=$("$bailiwick" run --all --no-wait --data "$data" -- 'until [ -e /tmp/go-on ]; do sleep 0.1; done; echo done')
until grep -q 'a command started' /tmp/agent.log; do sleep 0.2; done
before=$(readlink /proc/$agent/exe)
apt-get install -y --no-install-recommends /tmp/now/*.deb
test "$(dpkg-query -W -f '${Version}' bailiwick)" = "$(cat /tmp/version)"
grep 18443 /etc/bailiwick/bailiwick.yml
kill -USR1 $agent
stop_server
start_server
touch /tmp/go-on
until "$bailiwick" commands results "$command" --data "$data" | grep succeeded; do sleep 0.2; done
until [ "$(readlink /proc/$agent/exe)" = /usr/bin/bailiwick-agent ]; do sleep 0.2; done
test "$before" = /usr/bin/bailiwick-agent
"$bailiwick" run --all --data "$data" --run-as daemon -- id | grep 'uid=1(daemon) gid=1(daemon)'
"$bailiwick" sites list --data "$data" | grep 'Written by an earlier version'
"$bailiwick" audit verify --data "$data"

# Removing the agent tells the server.
kill -TERM $agent
wait $agent
apt-get purge -y bailiwick-agent
test "$("$bailiwick" agents list --json --data "$data" | grep -c bailiwick_agent)" = 0
"$bailiwick" nodes list --data "$data" | grep unknown
test ! -e /var/lib/bailiwick-agent
stop_server
apt-get remove -y bailiwick
test -e "$data/bailiwick.db"
test -e /etc/bailiwick/bailiwick.yml
apt-get purge -y bailiwick
test ! -e "$data"
test ! -e /etc/bailiwick/bailiwick.yml
test ! -e /usr/bin/bailiwick
echo 'everything held'
