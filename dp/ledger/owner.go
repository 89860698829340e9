// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// An owner is the process of a run, told so that a later run on the same
// machine can see at once that it was killed, without waiting for the lease.
// A process is known by the machine's boot, its space of process ids (containers
// have their own), its id, and when it started (ids are used again).
type owner struct{ boot, space, pid, start string }

// self returns this process; the zero owner where the system does not tell.
func self() owner {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return owner{}
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return owner{}
	}
	pid := strconv.Itoa(os.Getpid())
	_, start := process(pid)
	return owner{strings.TrimSpace(string(boot)), space, pid, start}
}

func (o owner) String() string {
	if o == (owner{}) {
		return ""
	}
	return strings.Join([]string{o.boot, o.space, o.pid, o.start}, " ")
}

// dead reports whether the process is known to have ended. Where nothing is
// known the lease decides.
func dead(by string) bool {
	f := strings.Split(by, " ")
	if len(f) != 4 {
		return false
	}
	o, me := owner{f[0], f[1], f[2], f[3]}, self()
	if o.boot != me.boot || o.space != me.space {
		return false
	}
	pid, err := strconv.Atoi(o.pid)
	if err != nil || pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil || errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return true
	}
	state, start := process(o.pid)
	return state == "Z" || state == "X" || start != "" && o.start != "" && start != o.start
}

// process returns the state of a process and the tick it started at.
func process(pid string) (state, start string) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", ""
	}
	// The second field is the command in brackets, which may hold spaces.
	_, rest, ok := strings.Cut(string(text[max(strings.LastIndexByte(string(text), ')'), 0):]), " ")
	f := strings.Fields(rest)
	if !ok || len(f) < 20 {
		return "", ""
	}
	return f[0], f[19]
}
