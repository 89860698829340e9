// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"io/fs"
	"os"
	"runtime"
)

// KeyIsOpen tells whether others than whoever runs this may read or write a file of
// a key. A file of root's that one group may read is not open: that is how a secret
// is given to a user who must not own it, such as by Kubernetes (fsGroup), and it
// is PostgreSQL's rule for its own key. Windows keeps permissions elsewhere.
func KeyIsOpen(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && keyIsOpen(info.Mode().Perm(), ownedByRoot(info), os.Geteuid())
}

func keyIsOpen(mode fs.FileMode, roots bool, user int) bool {
	const others, oneGroupReads = 0o077, 0o040
	open := mode & others
	return open != 0 && !(open == oneGroupReads && roots && user != 0)
}
