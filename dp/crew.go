// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// A crew draws the noise of rows at the same time: no draw depends on another.
type crew struct{ group errgroup.Group }

// crewFor returns a crew as large as there are processors for the library, and
// of one for every other sampler: tests see the rows in their order.
func crewFor(src sampler) *crew {
	c := &crew{}
	c.group.SetLimit(1)
	if _, ok := src.(library); ok {
		c.group.SetLimit(runtime.GOMAXPROCS(0))
	}
	return c
}

// do has a part done, at once or when there is a hand for it. A panic becomes an
// error that says nothing: its text, and the arguments in its trace, may be exact
// counts.
func (c *crew) do(part func() error) {
	c.group.Go(func() (err error) {
		defer func() {
			if recover() != nil {
				err = errors.New("a panic while noise was drawn")
			}
		}()
		return part()
	})
}

// each has n rows done, some at a time.
func (c *crew) each(n int, row func(i int) error) {
	const some = 100 // a millisecond's
	for from := 0; from < n; from += some {
		c.do(func() error {
			for i := from; i < min(from+some, n); i++ {
				if err := row(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// wait returns when all parts are done: the first error, if there is one.
func (c *crew) wait() error { return c.group.Wait() }
