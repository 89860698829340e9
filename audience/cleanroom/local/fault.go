// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/throng-dp/throng/audience/fault"
)

// safely runs a step and turns a panic into an error that says where in the
// program it arose. The panic's own text may hold data, so it is dropped.
func safely(doing string, step func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = &fault.Error{Kind: fault.Internal, Code: "internal.panic", Msg: "internal error while " + doing + origin(),
				Hint: "please report it; nothing was released"}
		}
	}()
	return step()
}

// origin names the file and line of ours, or else of anybody's, that panicked.
func origin() string {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") && f.Line > 0 {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// classified makes every error a *fault.Error.
func classified(err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &fault.Error{Kind: fault.Internal, Code: "internal.stopped", Msg: "stopped before the end", Err: err}
	case errors.As(err, &f):
		return f
	}
	return &fault.Error{Kind: fault.Internal, Code: "internal.count", Msg: "the count failed", Err: err}
}
