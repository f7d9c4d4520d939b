#!/usr/bin/env bash
# A run of GRPO in a real Slurm of this machine: the script of `r1-train launch --slurm` makes it on two processes, SIGTERM stops
# it, the job queues itself again and resumes. It must end with the records and weights of one process that nothing disturbed.
#
#   scripts/slurm-test.sh PROGRAMS
#
# The daemons (munged, slurmctld, slurmd) have ports, keys and folders of their own and are stopped at the end, whatever happens.
set -euo pipefail

programs=$(realpath "$1")
cd "$(dirname "$0")/.."
steps=6 limit=900

die() {
    echo "slurm-test: $*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || die "run it as root: slurmd starts jobs as their users, munged runs as the user munge"
missing=()
for package in slurm-wlm munge; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "slurm-test: installing ${missing[*]}"
    apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y)
    "${apt[@]}" install "${missing[@]}" 2>/dev/null || { "${apt[@]}" update && "${apt[@]}" install "${missing[@]}"; } ||
        die "apt-get could not install: ${missing[*]}"
fi

work=$(mktemp -d /tmp/slurm-test.XXXXXX)
chmod 755 "$work"
daemons=() job=

stop_all() {
    local code=$? place daemon
    [ -z "$job" ] || scancel --quiet "$job" 2>/dev/null || true
    [ -z "$job" ] || sleep 2
    for ((place = ${#daemons[@]} - 1; place >= 0; place--)); do
        daemon=${daemons[place]}
        kill "$daemon" 2>/dev/null || continue
        for _ in $(seq 100); do
            kill -0 "$daemon" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    done
    if [ "$code" -ne 0 ]; then
        tail -n 20 "$work"/*.log "$work/job.out" 2>/dev/null >&2 || true
        echo "slurm-test: failed; the files stay in $work" >&2
    else
        rm -rf "$work"
    fi
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for WHAT COMMAND...: until the command succeeds.
wait_for() {
    local what=$1 end=$((SECONDS + limit))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || die "$what: not after $limit seconds"
        sleep 0.1
    done
}

# Daemons in the foreground are children of this script, so their numbers stay theirs until it has waited for them.
mkdir "$work/munge" "$work/state" "$work/spool"
head -c 128 /dev/urandom >"$work/munge/key"
chmod 400 "$work/munge/key"
chown -R munge:munge "$work/munge"
setpriv --reuid munge --regid munge --clear-groups munged --foreground --num-threads=2 --socket="$work/munge/socket" \
    --key-file="$work/munge/key" --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" \
    --log-file="$work/munge/log" >"$work/munged.log" 2>&1 &
daemons+=($!)
wait_for "munged's socket" test -S "$work/munge/socket"

host=$(hostname -s)
read -r controller node <<<"$(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))')"
cat >"$work/slurm.conf" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$controller
SlurmdPort=$node
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF=$work/slurm.conf
slurmctld -D -f "$SLURM_CONF" >"$work/slurmctld.log" 2>&1 &
daemons+=($!)
slurmd -D -f "$SLURM_CONF" -N "$host" >"$work/slurmd.log" 2>&1 &
daemons+=($!)
node_is_idle() { [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]; }
wait_for "an idle node" node_is_idle

# The example with few steps, in two units, so that one process and two make the same updates.
settings=()
for setting in "steps=$steps" threads=1 grpo.units=2 grpo.promptsPerStep=8 grpo.groupSize=4 grpo.maxNewTokens=48 \
    evaluation.rowLimit=8 evaluation.answersPerPrompt=1 evaluation.maxNewTokens=24 checkpoints.every=1; do
    settings+=(--set "$setting")
done
config=Examples/handwritten/grpo.yaml
echo "slurm-test: $steps steps on one process"
"$programs/r1-train" grpo --config "$config" --run "$work/alone" "${settings[@]}" >"$work/alone.log" 2>&1

"$programs/r1-train" launch "$config" --run "$work/shared" "${settings[@]}" --slurm --nodes 1 --tasks-per-node 2 \
    --cpus-per-task 1 --time 60 --print-sbatch >"$work/job.sbatch"
job=$(sbatch --parsable --output="$work/job.out" "$work/job.sbatch")
state_is() { [[ $(scontrol show job "$job" 2>/dev/null) == *"JobState=$1 "* ]]; }
has_steps() { [ -e "$work/shared/metrics.jsonl" ] && [ "$(wc -l <"$work/shared/metrics.jsonl")" -ge "$1" ]; }
step_or_end() { has_steps 2 || state_is FAILED || state_is COMPLETED; }
wait_for "two steps of the job" step_or_end
state_is RUNNING || die "the job ended before it was stopped"
echo "slurm-test: SIGTERM to the batch script after $(wc -l <"$work/shared/metrics.jsonl") steps on two processes"
scancel --signal=TERM --batch "$job"
requeued_or_end() { state_is PENDING || state_is FAILED || state_is COMPLETED; }
wait_for "the job in the queue again" requeued_or_end
state_is PENDING || die "the job did not queue itself again"
grep -q "stopped and saved" "$work/job.out" || die "the run did not save"
if has_steps "$steps"; then die "the run was complete before it was stopped"; fi
# A job that is queued again waits two minutes otherwise. In the second in which it ended, slurmd refuses it.
scontrol update "JobId=$job" StartTime=now+5seconds
ended() { state_is COMPLETED || state_is FAILED; }
wait_for "the end of the job" ended
state_is COMPLETED || die "the job failed after it was queued again"
job=

"$programs/r1-diff" "$work"/{alone,shared}/checkpoints/step-00000$steps.h5 >"$work/diff.log" ||
    { cat "$work/diff.log"; die "two processes end with other weights than one"; }
for name in metrics.jsonl samples.jsonl evaluations.jsonl; do
    cmp "$work/alone/$name" "$work/shared/$name" || die "$name differs"
done
echo "slurm-test: stopped, queued again, resumed: the same records and weights as one process, bit for bit"
