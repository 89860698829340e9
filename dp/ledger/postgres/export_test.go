// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"
	"time"
)

// Hurry gives a test's stores less patience with a server.
func Hurry(t *testing.T, least time.Duration) {
	wasPatience, wasRecovery := patience, recovery
	patience, recovery = least, least
	t.Cleanup(func() { patience, recovery = wasPatience, wasRecovery })
}
