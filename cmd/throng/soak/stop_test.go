// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignals sends one SIGINT or SIGTERM at named places: the command ends
// within five seconds with the signal's code, or with its work done; nothing
// half-written is visible; the same command again ends with one post and one
// charge.
func TestSignals(t *testing.T) {
	price := once(t)
	c := cross(t, scenario{posts: 1})
	places := []string{"build.opened", "run.reserved", "tally.begun", "post.drawn", "store.commit", "release.rename"}
	if long {
		places = nil
		for name := range c.hits {
			places = append(places, name)
		}
	}
	for _, place := range places {
		for do, code := range map[string]int{"int": 130, "term": 143} {
			t.Run(place+"="+do, func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				e := h.run(at(place+"="+do), buildArgs()...)
				if e.code != code && e.code != 0 || e.took > 5*time.Second {
					t.Errorf("ended with %d after %v: %s", e.code, e.took, e.talk)
				}
				after := h.state(t)
				if _, err := h.visible(after); err != nil {
					t.Error(err)
				}
				if e.code == 0 && after.standing() == nil {
					t.Error("it ended as if it had released something")
				}
				must(t, h.run(nil, buildArgs()...), 0)
				c.settled(t, h, after, price)
			})
		}
	}
}

// start starts a command and waits until it has stopped itself.
func (h home) start(t *testing.T, env []string, args ...string) (c *exec.Cmd, talk *bytes.Buffer) {
	t.Helper()
	c, talk = h.command(env, args...), new(bytes.Buffer)
	c.Stderr = talk
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c, talk
}

// sleeps waits until a process has stopped.
func sleeps(t *testing.T, c *exec.Cmd) {
	t.Helper()
	for range 1000 {
		if asleep(c) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not stop")
}

func asleep(c *exec.Cmd) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Process.Pid))
	_, rest, ok := strings.Cut(string(text), ") ")
	return err == nil && ok && rest[0] == 'T'
}

// wake lets a process go on. One that somebody else has woken, as whoever stops
// and wakes a whole machine does, is no test of what sleeping does.
func wake(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if !asleep(c) {
		t.Skip("NOT TESTED: it was woken from outside")
	}
	if err := c.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// TestSecondSignal: who asks twice waits no longer, whatever is going on, and
// the next run finds everything in order.
func TestSecondSignal(t *testing.T) {
	price := once(t)
	c := cross(t, scenario{posts: 1})
	for i := range rounds(2, 20) {
		place := []string{"post.drawn", "tally.scanned", "release.complete", "reserve.held"}[i%4]
		t.Run(fmt.Sprint(i, place), func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			cmd, talk := h.start(t, at(place+"=stop,"+place+"=slow"), buildArgs()...)
			sleeps(t, cmd)
			// Both signals wait for the process to wake, and it then works for a
			// quarter of a second before it would look.
			begun, stalls := time.Now(), stalled.Load()
			for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGCONT} {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(20 * time.Millisecond)
			_ = cmd.Process.Signal(syscall.SIGINT)
			err := cmd.Wait()
			if e := endingOf(cmd, err, "", talk.String(), 0); e.code != 130 {
				t.Errorf("ended with %d: %s", e.code, e.talk)
			}
			if took := since(begun, stalls); took > time.Second {
				t.Errorf("it took %v", took)
			}
			after := h.state(t)
			must(t, h.run(nil, buildArgs()...), 0)
			c.settled(t, h, after, price)
		})
	}
}

// TestSleepsPastLease stops a run that holds its reservation until its lease is
// over, and wakes it again: it cannot post, whether another run has posted
// meanwhile or nobody came. Inside the transaction of its post nobody else can
// have come, so there it may. Leases are thirty times shorter than the
// product's minute.
func TestSleepsPastLease(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	env := []string{"THRONG_FAILPOINT_WAIT=30"}
	places := []string{"run.reserved", "run.touched", "tally.scanned", "run.counted", "publish.rehearsed"}
	for i := range rounds(4, 50) {
		place, alone := places[i%len(places)], i%2 == 1
		t.Run(fmt.Sprintf("%d/%s/alone=%v", i, place, alone), func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			cmd, talk := h.start(t, append(at(place+"=stop"), env...), buildArgs()...)
			sleeps(t, cmd)
			busy := h.run(env, buildArgs()...)
			time.Sleep(2100 * time.Millisecond)
			if !alone {
				must(t, h.run(from(later), buildArgs()...), 0)
			}
			before := h.state(t)
			wake(t, cmd)
			if busy.code != 75 {
				t.Errorf("while it held the reservation another run ended with %d: %s", busy.code, busy.talk)
			}
			err := cmd.Wait()
			if e := endingOf(cmd, err, "", talk.String(), 0); e.code != 75 {
				t.Errorf("woken, it ends with %d: %s", e.code, e.talk)
			}
			after := h.state(t)
			if len(after.releases) != len(before.releases) {
				t.Error("it posted after its lease was over")
			}
			must(t, h.run(nil, buildArgs()...), 0)
			c.settled(t, h, after, price)
		})
	}
	t.Run("inside the post", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		cmd, _ := h.start(t, append(at("post.drawn=stop"), env...), buildArgs()...)
		sleeps(t, cmd)
		time.Sleep(2100 * time.Millisecond)
		e := h.run(env, buildArgs()...)
		wake(t, cmd)
		if e.code != 75 {
			t.Errorf("while it posts another run ends with %d: %s", e.code, e.talk)
		}
		_ = cmd.Wait()
		after := h.state(t)
		must(t, h.run(nil, buildArgs()...), 0)
		c.settled(t, h, after, price)
	})
}
