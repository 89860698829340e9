// SPDX-License-Identifier: Apache-2.0

//go:build failpoints && unix

package failpoint

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	mu      sync.Mutex
	hits    = map[string]int{}
	orders  = parse(os.Getenv("THRONG_FAILPOINT"))
	trace   = open(os.Getenv("THRONG_FAILPOINT_TRACE"))
	shift   = ahead(os.Getenv("THRONG_FAILPOINT_NOW")) // of the clock
	quicker = number(os.Getenv("THRONG_FAILPOINT_WAIT"), 1)
)

// An order is what happens at the n-th hit of a place.
type order struct {
	name string
	n    int
	do   string
	turn time.Duration // of the clock
}

func parse(text string) (all []order) {
	for _, word := range strings.Split(text, ",") {
		if word == "" {
			continue
		}
		place, do, found := strings.Cut(word, "=")
		if !found {
			do = "kill"
		}
		name, n, _ := strings.Cut(place, ":")
		turn, err := time.ParseDuration(do)
		if do != "kill" && do != "slow" && signals[do] == 0 && failures[do] == nil && err != nil {
			panic("failpoint: no such failure: " + do)
		}
		all = append(all, order{name, number(n, 1), do, turn})
	}
	return all
}

var failures = map[string]error{"eio": syscall.EIO, "enospc": syscall.ENOSPC, "eacces": syscall.EACCES, "short": io.ErrShortWrite}

var signals = map[string]syscall.Signal{"stop": syscall.SIGSTOP, "int": syscall.SIGINT, "term": syscall.SIGTERM}

func number(text string, otherwise int) int {
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		panic("failpoint: no number: " + text)
	}
	return n
}

func open(path string) *os.File {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}

func ahead(text string) time.Duration {
	if text == "" {
		return 0
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return time.Until(at)
}

// reach returns what is to fail here, after it has killed or stopped the
// process if that was ordered.
func reach(name string) error {
	mu.Lock()
	hits[name]++
	n := hits[name]
	if trace != nil {
		fmt.Fprintln(trace, name)
	}
	mu.Unlock()
	for _, o := range orders {
		if o.name != name || o.n != n {
			continue
		}
		switch o.do {
		case "kill":
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		case "stop", "int", "term":
			_ = syscall.Kill(os.Getpid(), signals[o.do])
			time.Sleep(100 * time.Millisecond) // until it is seen
		case "slow":
			time.Sleep(250 * time.Millisecond)
		default:
			mu.Lock()
			shift += o.turn
			mu.Unlock()
			return failures[o.do]
		}
	}
	return nil
}

// At is a place where a test may end or stop the process.
func At(name string) { _ = reach(name) }

// Do calls f, a call of the operating system that a test may have fail instead.
func Do(name string, f func() error) error {
	if err := reach(name); err != nil {
		return &os.PathError{Op: name, Path: "failpoint", Err: err}
	}
	return f()
}

// Write writes b, of which a test may have only a part written.
func Write(name string, w io.Writer, b []byte) (int, error) {
	if err := reach(name); err != nil {
		n, _ := w.Write(b[:len(b)/2])
		return n, &os.PathError{Op: "write", Path: "failpoint", Err: err}
	}
	return w.Write(b)
}

// Now is the clock; a test may set another.
func Now() time.Time {
	mu.Lock()
	defer mu.Unlock()
	return time.Now().Add(shift)
}

// Shorter returns a span of waiting; a test may have less patience.
func Shorter(d time.Duration) time.Duration { return d / time.Duration(quicker) }
