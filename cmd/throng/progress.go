// SPDX-License-Identifier: Apache-2.0

package main

import (
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress draws a bar of the bytes of input files, never of rows, where a
// terminal watches. What is said meanwhile stands above it. The second function
// ends it.
func (t *talk) progress() (step func(done, total int64), end func()) {
	if !t.terminal {
		return nil, func() {}
	}
	p := mpb.New(mpb.WithOutput(t.w), mpb.WithWidth(48))
	t.plain.to(p)
	var once sync.Once
	var bar *mpb.Bar
	step = func(done, total int64) {
		once.Do(func() {
			bar = p.AddBar(total, mpb.BarRemoveOnComplete(),
				mpb.PrependDecorators(decor.Name("counting ")),
				mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f")))
		})
		bar.SetCurrent(done)
	}
	end = func() {
		if bar != nil && !bar.Completed() {
			bar.Abort(true)
		}
		t.plain.to(t.w)
		p.Wait()
	}
	return step, end
}
