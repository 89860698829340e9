// SPDX-License-Identifier: Apache-2.0

// Command throng builds ad audiences and releases noised counts of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"runtime"
	"slices"
	"strings"
	"syscall"

	_ "time/tzdata" // days are counted in the plan's zone, on machines without zones too

	"github.com/throng-dp/throng/audience/fault"
	_ "github.com/throng-dp/throng/cmd/throng/headroom" // before all else
	"github.com/throng-dp/throng/dp/failpoint"
)

func main() {
	noCoreDumps()
	quietGlog()
	ctx := untilSignal(context.Background())
	failpoint.At("main")
	code := run(ctx, os.Args, os.Stdout, os.Stderr)
	os.Exit(code)
}

// run is the program but for the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	asJSON := wantsJSON(args)
	app := newApp(stdout, stderr)
	app.Setup()
	if len(args) > 1 && args[1] == completeCommand {
		_ = guarded(func() error { complete(ctx, app, args[2:], stdout); return nil }) // a shell has no use for its errors
		return 0
	}
	args, err := permute(app, args)
	if err == nil {
		err = guarded(func() error { return app.RunContext(ctx, args) })
	}
	if err != nil {
		return complain(ctx, stderr, err, asJSON)
	}
	return 0
}

// guarded turns a panic into an error that tells where it came from, and not
// what it said: that may be a value out of a row.
func guarded(f func() error) (err error) {
	defer func() {
		if recover() == nil {
			return
		}
		where := "an unknown place"
		callers := make([]uintptr, 32)
		frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
		for {
			frame, more := frames.Next()
			if !strings.HasPrefix(frame.Function, "runtime.") {
				where = fmt.Sprintf("%s:%d", path.Base(frame.File), frame.Line)
				break
			}
			if !more {
				break
			}
		}
		err = &fault.Error{Kind: fault.Internal, Code: "internal", Msg: "internal error at " + where,
			Hint: "this is a fault of throng's: please report it with this line; a build that was not released is never charged twice"}
	}()
	return f()
}

// wantsJSON looks for --json before anything is parsed: faults of parsing are
// told in the same form.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// untilSignal ends the context at the first SIGINT or SIGTERM, and the process
// at the second. What a killed process leaves behind is put right by the next
// run: a release is paid and stored in one transaction, files are renamed into
// place whole.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(stoppedBy(<-signals))
		os.Exit(stoppedBy(<-signals).exit)
	}()
	return ctx
}

func stoppedBy(s os.Signal) *stopped {
	if s == syscall.SIGTERM {
		return &stopped{143, "SIGTERM"}
	}
	return &stopped{130, "SIGINT"}
}

// quietGlog keeps the noise library's logger from writing files: it registers
// its flags on the global flag set.
func quietGlog() {
	for name, value := range map[string]string{"logtostderr": "true", "stderrthreshold": "FATAL"} {
		if flag.Lookup(name) != nil {
			_ = flag.Set(name, value)
		}
	}
}
