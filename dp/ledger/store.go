// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"
)

// A Store keeps the rows of a ledger. Rules live in Ledger; a store adds
// transactions, durability, and constraints as the last wall: no balance may
// pass its cap, no reservation may resolve twice, and records and releases can
// be added but neither changed nor removed. Package ledgertest holds every
// store to the same behaviour.
type Store interface {
	// Update runs f in one transaction that no other writer's overlaps, in this
	// process or another. If f returns nil it is committed durably before Update
	// returns; otherwise nothing of it remains and f's error is returned. A store
	// that cannot get its turn in some seconds returns ErrBusy, one whose server
	// does not answer ErrAway, one that cannot be written ErrStorage, one that is
	// damaged ErrDamaged. f may be called again, with another transaction, where
	// the first is known not to have taken place.
	Update(ctx context.Context, f func(Tx) error) error
	// View runs f on one unchanging, committed state.
	View(ctx context.Context, f func(Tx) error) error
	// Check examines the storage itself, below the rows: ErrDamaged.
	Check(ctx context.Context) error
	// Close releases what the store holds open.
	Close() error
}

// A Tx is one transaction of a store. It is valid until the function that was
// given it returns.
type Tx interface {
	// Meta returns what the ledger knows about itself; the zero value in a new
	// store.
	Meta() (Meta, error)
	SetMeta(m Meta) error

	// Accounts returns all accounts by name.
	Accounts() ([]AccountRow, error)
	AddAccount(a AccountRow) error

	// Balances returns the periods of an account that were ever drawn on, by
	// number.
	Balances(account string) ([]Balance, error)
	SetBalance(b Balance) error

	// Holds returns the unresolved reservations of an account. There is at most
	// one for each (account, plan, date).
	Holds(account string) ([]Hold, error)
	SetHold(h Hold) error
	DropHold(id string) error

	// Append adds a record, which is linked already: its number is one more than
	// the newest record's, and its Prev that record's Hash. The first is 1, and
	// its Prev is zero.
	Append(r Record) error
	// Records calls f with the records of an account, or of all accounts if
	// account is empty, in order.
	Records(account string, f func(Record) error) error
	// Between calls f with the records that have these numbers and all between
	// them, in order. It looks at no others.
	Between(first, last int64, f func(Record) error) error

	// Signed calls f with the records of one of the types that tell of signatures
	// (key, grant, approve, accept), in order. A build asks it: an index answers.
	Signed(kind string, f func(Record) error) error

	// AddRelease keeps a release with its bytes. Superseded and Retracted are
	// not stored with it: they follow from later releases and records.
	AddRelease(p Posted) error
	// Releases returns, oldest first and without bytes, the releases of an
	// account and plan; an empty account or plan stands for all. Superseded and
	// Retracted are filled in.
	Releases(account, plan string) ([]Posted, error)
	// Posts calls f with the releases, with their bytes, whose records have these
	// numbers and all between them, in order. Superseded and Retracted are left
	// out.
	Posts(first, last int64, f func(seq int64, p Posted) error) error
	// Post returns a release without its bytes, and the number of its record, or
	// ErrNotFound. Superseded and Retracted are left out.
	Post(id string) (seq int64, p Posted, err error)
	// Repeated looks for what the store lets happen once, by its rows: it returns
	// the number of the record that did so again, and what that is; nothing if
	// there is none.
	Repeated() (seq int64, what string, err error)
	// Bytes returns the bytes of a release, or ErrNotFound.
	Bytes(id string) ([]byte, error)
}

// Meta is what a ledger knows about itself.
type Meta struct {
	ID       string    // random, for good
	KeyCheck []byte    // derived from the key: tells a wrong key from the right one
	Clock    time.Time // ledger time: the latest time ever seen

	Size     int64      // records
	Head     [32]byte   // hash of the newest
	Leaves   int64      // of the tree: see Link
	Frontier [][32]byte // roots of the tree's perfect subtrees, largest first

	Move      string // random: the move that MovedTo and MovedFrom are about
	MovedTo   string // URL of the ledger that took this one's place; empty: none did
	MovedFrom string // URL of the ledger that this one takes the place of, until that one is known to be closed
}

// An AccountRow is an account as a store keeps it.
type AccountRow struct {
	Name    string
	Lineage string
	Parent  string // empty: the person-level account of its lineage, of which there is one
	Cap     Cost   // of one period, on opening
	Terms   []byte // the account in JSON
}

// A Balance is what is held and spent of one period of an account. A store
// refuses one whose Held or Spent is negative, or beyond Cap together, or whose
// Cap is smaller than it was, in any of the four columns.
type Balance struct {
	Account          string
	Period           int // number of the period, from 0
	Cap, Held, Spent Cost
	Builds           int // posts
}

// A Hold is budget that is reserved and not resolved.
type Hold struct {
	ID                  string // of the reservation, random, for good
	Account, Plan, Date string
	Period              int // that it is charged to
	Digest              [32]byte
	Cost                Cost      // of the present try
	Charge              Cost      // what is held: at least Cost
	Token               string    // of the try that holds it; empty: none does
	Owner               string    // the process of that try
	Lease               time.Time // ledger time until which the try holds it
	Touched             bool      // the present try may have read personal data
	Kept                bool      // an earlier try failed, perhaps because of data: never given back
}

// A Record is one line of the append-only history, with what Entry leaves out.
// Balances can be rebuilt from records alone: reserve adds to what is held,
// post moves from held to spent, void and expire take from held, grant adds to
// the cap of a period.
type Record struct {
	Entry
	Period      int
	Reservation string   // of reserve, keep, post, void and expire
	Sum         [32]byte // SHA-256 of the released bytes, of a post
	Text        []byte   // of a post the plan's text, of an open the account's terms, of others what was signed
	Prev        [32]byte // Hash of the record before
	Hash        [32]byte // of everything in this record
}
