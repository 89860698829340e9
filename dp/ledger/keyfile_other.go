// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package ledger

import "io/fs"

func ownedByRoot(fs.FileInfo) bool { return false }
