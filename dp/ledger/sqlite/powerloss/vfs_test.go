// SPDX-License-Identifier: Apache-2.0

//go:build linux && (amd64 || arm64)

package powerloss

import (
	"errors"
	"path/filepath"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// An op is one call that changes a file, as SQLite made it.
type op struct {
	kind string // write, truncate, sync or delete
	file string
	at   int64 // offset of a write, size of a truncate
	data []byte
}

// A recorder sees every op below a folder.
type recorder struct {
	mu     sync.Mutex
	folder string // empty: nothing is recorded
	log    []op
	count  int // of all ops, also those that failed
	fail   int // number of the op that fails; 0: none
	more   bool
	code   int32
}

var (
	tape  recorder
	below uintptr // the unix VFS
	names sync.Map
	mine  sync.Map // io_methods of the unix VFS → the copy that records
)

// ptr is a pointer that SQLite, which is translated from C, keeps as a number.
func ptr(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func field(p, offset uintptr) unsafe.Pointer { return unsafe.Add(ptr(p), offset) }

// Offsets in sqlite3_vfs, sqlite3_io_methods and sqlite3_file where pointers
// have eight bytes.
const (
	vfsSize, vfsName, vfsOpen, vfsDelete       = 168, 24, 40, 48
	ioSize, ioWrite, ioTruncate, ioSync, ioEnd = 152, 24, 32, 40, 8
)

type (
	openFunc   = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	deleteFunc = func(*libc.TLS, uintptr, uintptr, int32) int32
	closeFunc  = func(*libc.TLS, uintptr) int32
	writeFunc  = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	sizeFunc   = func(*libc.TLS, uintptr, int64) int32
	syncFunc   = func(*libc.TLS, uintptr, int32) int32
)

// register puts a VFS before the one that the product uses. It hands every call
// on to that one, and records what changes files.
func register() error {
	tls := libc.NewTLS()
	below = sqlite3.Xsqlite3_vfs_find(tls, 0)
	vfs := libc.Xmalloc(tls, vfsSize)
	name, err := libc.CString("recording")
	if below == 0 || vfs == 0 || err != nil {
		return errors.New("no VFS")
	}
	libc.Xmemcpy(tls, vfs, below, vfsSize)
	*(*uintptr)(field(vfs, vfsName)) = name
	*(*openFunc)(field(vfs, vfsOpen)) = open
	*(*deleteFunc)(field(vfs, vfsDelete)) = remove
	if rc := sqlite3.Xsqlite3_vfs_register(tls, vfs, 1); rc != 0 {
		return errors.New("the VFS cannot be registered")
	}
	return nil
}

// open has the file opened, and gives it methods that record.
func open(tls *libc.TLS, _, path, file uintptr, flags int32, out uintptr) int32 {
	rc := (*(*openFunc)(field(below, vfsOpen)))(tls, below, path, file, flags, out)
	methods := *(*uintptr)(ptr(file))
	if rc != 0 || methods == 0 || path == 0 {
		return rc
	}
	names.Store(file, libc.GoString(path))
	table, known := mine.Load(methods)
	if !known {
		own := libc.Xmalloc(tls, ioSize)
		libc.Xmemcpy(tls, own, methods, ioSize)
		*(*closeFunc)(field(own, ioEnd)) = end
		*(*writeFunc)(field(own, ioWrite)) = write
		*(*sizeFunc)(field(own, ioTruncate)) = truncate
		*(*syncFunc)(field(own, ioSync)) = flush
		table, _ = mine.LoadOrStore(methods, own)
		mine.Store(table, methods)
	}
	*(*uintptr)(ptr(file)) = table.(uintptr)
	return rc
}

// real returns the methods that a file had first.
func real(file uintptr) uintptr {
	methods, _ := mine.Load(*(*uintptr)(ptr(file)))
	return methods.(uintptr)
}

func end(tls *libc.TLS, file uintptr) int32 {
	names.Delete(file)
	return (*(*closeFunc)(field(real(file), ioEnd)))(tls, file)
}

func write(tls *libc.TLS, file, data uintptr, n int32, at int64) int32 {
	text := append([]byte(nil), unsafe.Slice((*byte)(ptr(data)), n)...)
	if rc := tape.take(file, op{kind: "write", at: at, data: text}); rc != 0 {
		return rc
	}
	return (*(*writeFunc)(field(real(file), ioWrite)))(tls, file, data, n, at)
}

func truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	if rc := tape.take(file, op{kind: "truncate", at: size}); rc != 0 {
		return rc
	}
	return (*(*sizeFunc)(field(real(file), ioTruncate)))(tls, file, size)
}

func flush(tls *libc.TLS, file uintptr, flags int32) int32 {
	if rc := tape.take(file, op{kind: "sync"}); rc != 0 {
		return rc
	}
	return (*(*syncFunc)(field(real(file), ioSync)))(tls, file, flags)
}

func remove(tls *libc.TLS, _, path uintptr, sync int32) int32 {
	kind := "delete"
	if sync != 0 {
		kind = "delete and sync"
	}
	if rc := tape.note(libc.GoString(path), op{kind: kind}); rc != 0 {
		return rc
	}
	return (*(*deleteFunc)(field(below, vfsDelete)))(tls, below, path, sync)
}

func (r *recorder) take(file uintptr, o op) int32 {
	name, known := names.Load(file)
	if !known {
		return 0
	}
	return r.note(name.(string), o)
}

// note records an op, or says how it is to fail.
func (r *recorder) note(path string, o op) int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.folder == "" || filepath.Dir(path) != r.folder {
		return 0
	}
	r.count++
	if r.fail > 0 && (r.count == r.fail || r.more && r.count > r.fail) {
		return r.code
	}
	o.file = filepath.Base(path)
	r.log = append(r.log, o)
	return 0
}

// record begins a new tape.
func (r *recorder) record(folder string) { r.failing(folder, 0, false, 0) }

// failing begins a new tape on which the n-th op fails, and all later ones if
// the disk stays broken.
func (r *recorder) failing(folder string, n int, more bool, code int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.folder, r.log, r.count, r.fail, r.more, r.code = folder, nil, 0, n, more, code
}

// length is how many ops there are by now.
func (r *recorder) length() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.log)
}
