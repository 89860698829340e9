// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"os"
	"testing"

	"github.com/throng-dp/throng/dp/ramdisk"
)

func TestMain(m *testing.M) { os.Exit(ramdisk.Run(m.Run)) }
