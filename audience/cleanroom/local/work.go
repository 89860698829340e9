// SPDX-License-Identifier: Apache-2.0

package local

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"golang.org/x/sync/errgroup"
)

// each runs step for 0 to n-1 on some goroutines; start prepares one of them.
// The first error stops the others at their next step.
func each(ctx context.Context, workers, n int, doing string, start func() func(ctx context.Context, i int) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(workers, n) {
		g.Go(func() error {
			return safely(doing, func() error {
				step := start()
				for {
					i := int(next.Add(1)) - 1
					if i >= n {
						return nil
					}
					if err := ctx.Err(); err != nil {
						return err
					}
					if err := step(ctx, i); err != nil {
						return err
					}
				}
			})
		})
	}
	return g.Wait()
}

// workersOf returns how many goroutines to use.
func workersOf(asked int) int {
	if asked > 0 {
		return asked
	}
	return runtime.GOMAXPROCS(0)
}

// progress tells how many bytes of the input are behind us.
type progress struct {
	mu          sync.Mutex
	done, total int64
	tell        func(done, total int64)
}

func (p *progress) add(bytes int64) {
	if p.tell == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += bytes
	p.tell(p.done, p.total)
}

// A part is a row group of a source.
type part struct {
	source int
	unit   event.Unit
}

// partsOf returns the row groups of some sources, large ones first: where the last
// are small, no worker waits long for the others.
func partsOf(sources []*source, of func(*source) bool) []part {
	var parts []part
	for i, s := range sources {
		if of(s) {
			for _, u := range s.table.Units() {
				parts = append(parts, part{i, u})
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.unit.Bytes, a.unit.Bytes) })
	return parts
}
