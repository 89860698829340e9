// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"syscall"
	"time"
)

// adopt makes this process the parent of whatever its children leave behind,
// so that it is told what that used: a JVM outlives the Python that began it.
func adopt() error {
	const setChildSubreaper = 36 // prctl(2)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		return errno
	}
	return nil
}

// reap waits for everything that is left of a child and returns what it used,
// in seconds and MiB. It must not run beside a child that is waited for.
func reap() (cpu, peak float64, err error) {
	const patience = time.Minute
	for begun := time.Now(); ; {
		var u syscall.Rusage
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, &u)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return cpu, peak, nil
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, 0, err
		case pid > 0:
			cpu += time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
			peak = max(peak, float64(u.Maxrss)/(1<<10))
		case time.Since(begun) > patience:
			return 0, 0, errors.New("left a process behind that does not end")
		default:
			time.Sleep(5 * time.Millisecond)
		}
	}
}
