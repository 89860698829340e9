// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"errors"
	"fmt"
	"math"
)

// Calibrate returns the smallest noise, within a millionth and from above, for
// which the events that a plan has at that noise are (ε, δ)-DP together. More
// noise must mean less loss. The answer is ErrUnattainable if no noise helps.
func Calibrate(epsilon, delta float64, plan func(noise float64) []Event) (float64, error) {
	enough := func(noise float64) (bool, error) {
		c, err := Compose(plan(noise)...)
		if err != nil {
			return false, err
		}
		got, err := c.Epsilon(delta)
		if errors.Is(err, ErrUnattainable) {
			return false, nil
		}
		return err == nil && got <= epsilon, err
	}
	const doublings = 64
	low, high := 1.0, 1.0
	ok, err := enough(high)
	for i := 0; err == nil && !ok; i++ {
		if i == doublings {
			return 0, fmt.Errorf("ε %g, δ %g: %w", epsilon, delta, ErrUnattainable)
		}
		low, high = high, 2*high
		ok, err = enough(high)
	}
	for i := 0; err == nil && low == high; i++ {
		if i == doublings {
			return high, nil // next to no noise suffices
		}
		if ok, err = enough(low / 2); ok {
			low, high = low/2, low/2
		} else {
			low /= 2
		}
	}
	for err == nil && high > low*(1+1e-6) {
		middle := math.Sqrt(low) * math.Sqrt(high)
		if ok, err = enough(middle); ok {
			high = middle
		} else {
			low = middle
		}
	}
	if err != nil {
		return 0, fmt.Errorf("calibrate to ε %g, δ %g: %w", epsilon, delta, err)
	}
	return high, nil
}
