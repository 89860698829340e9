// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
)

// applicationID is "THRN", at a fixed place of an SQLite file's header.
const applicationID = 0x5448524e

// looksRight reads the header before SQLite gets the file: opening another
// program's database would already change it.
func looksRight(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &ledger.Refusal{Reason: ledger.ErrMissing, Detail: path,
			Hint: "ask the owner of the budget where the ledger is; a build never makes one"}
	}
	if err != nil {
		return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: fmt.Sprintf("%s: %v", path, disk.Cause(err))}
	}
	defer f.Close()
	var head [100]byte
	n, err := io.ReadFull(f, head[:])
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return wrong(path, "the file is empty: it was never finished", "remove it and its key, and make the ledger anew")
	case err != nil, !bytes.HasPrefix(head[:], []byte("SQLite format 3\x00")):
		return wrong(path, "not an SQLite file", "name the ledger, or restore it from a backup")
	case binary.BigEndian.Uint32(head[68:72]) != applicationID:
		return wrong(path, "an SQLite file, but not a ledger", "name the ledger, or restore it from a backup")
	}
	return nil
}

// ready makes sure that the connection keeps what was asked of it, that the
// schema is the one known here, and that no page is damaged.
func (s *store) ready(ctx context.Context) error {
	for _, p := range []struct{ name, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "5000"},
	} {
		var got string
		if err := s.db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return s.explain(err)
		}
		if got != p.want {
			return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: fmt.Sprintf("%s: %s is %s, not %s", s.path, p.name, got, p.want),
				Hint: "keep the ledger on a local disk: network file systems lose what was committed"}
		}
	}
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	switch {
	case version > schema:
		return newer(s.path, version)
	case version < schema:
		return wrong(s.path, fmt.Sprintf("made by an older throng: schema %d, this program knows %d", version, schema), "the owner of the budget upgrades it, and a backup is made first: throng ledger upgrade --ledger sqlite:"+s.path)
	}
	return s.pragmaCheck(ctx, "quick_check")
}

// version reads which schema the file has.
func (s *store) version(ctx context.Context) (version int64, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	return version, s.explain(err)
}

func newer(path string, version int64) error {
	return wrong(path, fmt.Sprintf("made by a newer throng: schema %d, this program knows %d", version, schema), "use the newer program; a ledger is never taken back")
}

// pragmaCheck runs one of SQLite's own examinations.
func (s *store) pragmaCheck(ctx context.Context, which string) error {
	var first string
	if err := s.db.QueryRowContext(ctx, "PRAGMA "+which).Scan(&first); err != nil {
		return s.explain(err)
	}
	if first != "ok" {
		return wrong(s.path, first, "restore it from a backup")
	}
	return nil
}

func wrong(path, detail, hint string) error {
	return &ledger.Refusal{Reason: ledger.ErrDamaged, Detail: path + ": " + detail, Hint: hint}
}
