// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// percent writes a chance.
func percent(p float64) string {
	switch {
	case p > 0.999:
		return "over 99.9 %"
	case p < 0.001:
		return "under 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}
