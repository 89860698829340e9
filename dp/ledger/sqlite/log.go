// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
)

// A process that is killed leaves what it committed last in the write-ahead log,
// and SQLite reads that up to the first frame whose checksum is wrong: it takes
// the rest for what a power cut has left of a transaction that nobody was told
// is done. So a bit that turns in the log would take back releases without a
// word. logWhole tells the two apart.
//
// The format: https://www.sqlite.org/fileformat2.html#walformat

const (
	logHeader   = 32 // magic, version, page size, checkpoint, two salts, two sums
	frameHeader = 24 // page, size of the database where it commits, two salts, two sums
	logMagic    = 0x377f0682
)

// A frameLog is the bytes of a write-ahead log.
type frameLog struct {
	text  []byte
	order binary.ByteOrder // of sums
	page  int
	salts []byte
}

// logWhole refuses a log with a frame that was whole when it was synced: one bit
// of it makes its sums wrong, or a later transaction follows it, which begins only
// after the sync of the one before. What a power cut leaves is neither.
//
// cut is that of damagedFrame. Whoever opens such a log clears it: behind what is
// written next, part of an old transaction could pass for a later one.
func logWhole(path string) (cut bool, err error) {
	var before []byte
	for range 100 {
		text, err := os.ReadFile(path + "-wal")
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil
		case err != nil:
			return false, &ledger.Refusal{Reason: ledger.ErrStorage, Detail: fmt.Sprintf("%s-wal: %v", path, disk.Cause(err))}
		}
		at, cut := damagedFrame(text)
		if at < 0 {
			return cut, nil
		}
		// Other processes may write meanwhile: what is damaged stays as it is.
		if end := min(len(before), len(text)); end > at && bytes.Equal(before[:end], text[:end]) {
			return false, wrong(path, fmt.Sprintf("its write-ahead log is damaged at byte %d: what was committed there is lost", at), "restore it from a backup")
		}
		before = text
	}
	return false, &ledger.Refusal{Reason: ledger.ErrBusy, Detail: path + ": other runs are writing to the ledger", Hint: "try again in a moment"}
}

// damagedFrame returns the first byte of the frame, or of the header, that is
// damaged; -1 if none is. Then cut tells whether a power cut, or a process that
// was killed, has left part of a transaction; or one that is at work.
func damagedFrame(text []byte) (at int, cut bool) {
	if len(text) < logHeader+frameHeader {
		return -1, false
	}
	l := frameLog{text: text}
	if !l.begin(text[:logHeader]) {
		if l.turned() || l.begun() {
			return 0, false
		}
		return -1, false
	}
	sums := l.sums(text[logHeader-8:])
	for at := logHeader; at+l.size() <= len(text); at += l.size() {
		sum, ours := l.sum(at, sums), l.ours(at)
		switch stored := l.stored(at); {
		case sum == stored && ours:
			sums = sum
			continue
		case sum == stored, // of this log by its sums, if not by its salts
			ours && (oneBit(sum, stored) || l.oneOf(at, sum)),
			l.followed(at):
			return at, false
		}
		return -1, l.left(at)
	}
	return -1, false
}

// left tells whether there are frames of this log from one on.
func (l *frameLog) left(at int) bool {
	for ; at+l.size() <= len(l.text); at += l.size() {
		if l.ours(at) {
			return true
		}
	}
	return false
}

// begin reads a log's header, and tells whether SQLite takes it.
func (l *frameLog) begin(h []byte) bool {
	l.order = binary.LittleEndian
	magic := binary.BigEndian.Uint32(h)
	if magic == logMagic|1 {
		l.order = binary.BigEndian
	}
	l.page, l.salts = int(binary.BigEndian.Uint32(h[8:])), h[16:24]
	if l.page == 1 {
		l.page = 1 << 16
	}
	return magic&^1 == logMagic && checksum(l.order, [2]uint32{}, h[:logHeader-8]) == l.sums(h[logHeader-8:])
}

// turned tells whether one bit makes the difference between this header and one
// that SQLite takes.
func (l *frameLog) turned() bool {
	h := bytes.Clone(l.text[:logHeader])
	for i := range 8 * logHeader {
		h[i/8] ^= 1 << (i % 8)
		if l.begin(h) {
			return true
		}
		h[i/8] ^= 1 << (i % 8)
	}
	return false
}

// begun tells whether a log whose header says nothing has a second transaction.
// Its first frames may be lost with the header.
func (l *frameLog) begun() bool {
	for _, l.order = range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for l.page = 512; l.page <= 1<<16; l.page *= 2 {
			for at := logHeader; at <= logHeader+8*l.size() && at+l.size() <= len(l.text); at += l.size() {
				if l.salts = l.text[at+8 : at+16]; l.followed(at) {
					return true
				}
			}
		}
	}
	return false
}

func (l *frameLog) size() int { return frameHeader + l.page }

func (l *frameLog) ours(at int) bool { return bytes.Equal(l.text[at+8:at+16], l.salts) }

func (l *frameLog) stored(at int) [2]uint32 { return l.sums(l.text[at+16:]) }

// commits tells whether a frame is the last of its transaction.
func (l *frameLog) commits(at int) bool { return binary.BigEndian.Uint32(l.text[at+4:]) != 0 }

func (l *frameLog) sums(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// sum is the checksum of a frame after one of these sums.
func (l *frameLog) sum(at int, before [2]uint32) [2]uint32 {
	return checksum(l.order, checksum(l.order, before, l.text[at:at+8]), l.text[at+frameHeader:at+l.size()])
}

// checksum is that of SQLite's write-ahead log; b has so many times eight bytes.
func checksum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}

// followed tells whether two transactions end behind a frame. The earlier one, at
// the latest, is that of the frame, and was synced before the other began. Frames
// are of this log if they are joined to the one before by their sums.
func (l *frameLog) followed(at int) bool {
	ends := 0
	for next := at + l.size(); next+l.size() <= len(l.text); next += l.size() {
		if l.commits(next) && l.ours(next) && l.sum(next, l.stored(next-l.size())) == l.stored(next) {
			ends++
		}
	}
	return ends > 1 || ends == 1 && l.joined(at)
}

// joined tells whether a frame ends a transaction and the next one knows its sum.
func (l *frameLog) joined(at int) bool {
	next := at + l.size()
	return l.commits(at) && l.ours(at) && next+l.size() <= len(l.text) && l.ours(next) && l.sum(next, l.stored(at)) == l.stored(next)
}

func oneBit(a, b [2]uint32) bool {
	return bits.OnesCount32(a[0]^b[0])+bits.OnesCount32(a[1]^b[1]) == 1
}

// oneOf tells whether turning one bit of what a frame's sum is of makes it the
// one that is stored. The sums are linear: adding d to an even word adds (d, d)
// to them, to an odd one (0, d), and each further pair of words makes (a, b)
// (a+b, a+2b).
func (l *frameLog) oneOf(at int, sum [2]uint32) bool {
	stored := l.stored(at)
	a, b := stored[0]-sum[0], stored[1]-sum[1]
	text := append(bytes.Clone(l.text[at:at+8]), l.text[at+frameHeader:at+l.size()]...)
	even, odd := [2]uint32{1, 1}, [2]uint32{0, 1}
	for i := len(text) - 8; i >= 0; i -= 8 {
		for bit := range 32 {
			for word, by := range [2][2]uint32{even, odd} {
				d := uint32(1) << bit
				if l.order.Uint32(text[i+4*word:])&d != 0 {
					d = -d
				}
				if by[0]*d == a && by[1]*d == b {
					return true
				}
			}
		}
		even = [2]uint32{even[0] + even[1], even[0] + 2*even[1]}
		odd = [2]uint32{odd[0] + odd[1], odd[0] + 2*odd[1]}
	}
	return false
}
