// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package audience

import (
	"errors"
	"os"
)

// reserve is not known on this system.
func reserve(*os.File, int) error { return errors.ErrUnsupported }

// nameless opens a file of a folder that nobody finds.
func nameless(folder string) (*os.File, error) { return unnamed(folder) }
