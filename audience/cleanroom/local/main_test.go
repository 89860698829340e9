// SPDX-License-Identifier: Apache-2.0

package local

import (
	"os"
	"testing"

	"github.com/throng-dp/throng/dp/ramdisk"
)

func TestMain(m *testing.M) { os.Exit(ramdisk.Run(m.Run)) }
