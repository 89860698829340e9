// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/throng-dp/throng/dp/ledger"
)

// A person has a key.
type person struct {
	ledger.Signer
	line string
}

func newPerson(t *testing.T, name string) person {
	t.Helper()
	private, line, err := ledger.NewKey(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.SignerOf(private + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return person{s, line}
}

func (b *bench) person(name string) person {
	b.Helper()
	return newPerson(b.T, name)
}

// register makes people and registers their keys, signed by others.
func (b *bench) register(role string, signers []ledger.Signer, names ...string) (people []person) {
	b.Helper()
	for _, name := range names {
		p := b.person(name)
		if err := b.l.AddKey(b.Context(), role, p.line, signers...); err != nil {
			b.Fatal(err)
		}
		people = append(people, p)
	}
	return people
}

// staff registers an owner, two approvers, an author, a runner and an auditor.
func (b *bench) staff() map[string]person {
	b.Helper()
	olga := b.register(ledger.Owner, nil, "olga")[0]
	all := map[string]person{"olga": olga}
	for role, names := range map[string][]string{ledger.Approver: {"anna", "ben"}, ledger.Author: {"carl"}, ledger.Runner: {"rita"}, ledger.Auditor: {"dora"}} {
		for i, p := range b.register(role, []ledger.Signer{olga}, names...) {
			all[names[i]] = p
		}
	}
	b.runner = all["rita"]
	return all
}

// untouched runs f and expects that no entry came of it.
func (b *bench) untouched(f func()) {
	b.Helper()
	count := func() int {
		all, err := b.l.History(b.Context(), "")
		if err != nil {
			b.Fatal(err)
		}
		return len(all)
	}
	before := count()
	f()
	if after := count(); after != before {
		b.Errorf("%d entries came of what was refused", after-before)
	}
}

var keyTests = []test{
	{"keys come back as they were registered", func(b *bench) {
		b.staff()
		keys, err := b.again().Keys(b.Context())
		if err != nil || len(keys) != 6 || keys[0].Name != "olga" || keys[0].Role != ledger.Owner || keys[0].Revoked != nil ||
			!strings.HasPrefix(keys[0].By, "throng/") || keys[1].By != "olga" {
			b.Errorf("keys = %+v, %v", keys, err)
		}
		all, err := b.l.History(b.Context(), "")
		if err != nil || len(all) != 6 || all[5].Type != "key" || all[5].Actor != "olga" || !strings.HasPrefix(all[0].Actor, "throng/") {
			b.Errorf("history = %+v, %v", all, err)
		}
	}},
	{"the ledger's own key decides until an owner or two approvers do, and never again", func(b *bench) {
		anna := b.register(ledger.Approver, nil, "anna")[0]
		carl := b.register(ledger.Author, nil, "carl")[0]
		b.open(starter("shop"))
		ben := b.register(ledger.Approver, nil, "ben")[0]
		dora := b.person("dora")
		b.untouched(func() {
			b.fails(b.l.AddKey(b.Context(), ledger.Auditor, dora.line), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Auditor, dora.line, anna), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Auditor, dora.line, anna, anna), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Auditor, dora.line, anna, carl), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Owner, dora.line, dora), ledger.ErrUnsigned)
			b.fails(b.l.OpenAccount(b.Context(), starter("club")), ledger.ErrUnsigned)
			b.fails(b.l.OpenAccount(b.Context(), starter("club"), anna), ledger.ErrUnsigned)
			b.fails(b.l.OpenAccount(b.Context(), ledger.Account{Name: "shop/acme", Lines: starter("").Lines}), ledger.ErrUnsigned)
			b.fails(b.l.RevokeKey(b.Context(), "anna", "gone"), ledger.ErrUnsigned)
			// Nobody who decides may be the last to go.
			b.fails(b.l.RevokeKey(b.Context(), "anna", "gone", anna, ben), ledger.ErrUnsigned)
		})
		if err := b.l.AddKey(b.Context(), ledger.Owner, dora.line, anna, ben); err != nil {
			b.Fatal(err)
		}
		if err := b.l.OpenAccount(b.Context(), starter("club"), dora); err != nil {
			b.Fatal(err)
		}
		if err := b.l.OpenAccount(b.Context(), ledger.Account{Name: "club/acme", Lines: starter("").Lines}, anna, ben); err != nil {
			b.Fatal(err)
		}
		if err := b.l.RevokeKey(b.Context(), "anna", "gone", dora); err != nil {
			b.Fatal(err)
		}
		b.fails(b.l.OpenAccount(b.Context(), starter("hall"), anna, ben), ledger.ErrUnsigned)
		all, err := b.l.History(b.Context(), "club")
		if err != nil || len(all) != 2 || all[0].Actor != "dora" || all[1].Actor != "anna,ben" {
			b.Errorf("history = %+v, %v", all, err)
		}
	}},
	{"a key has one name and one role, for good", func(b *bench) {
		staff := b.staff()
		olga := staff["olga"]
		if err := b.l.RevokeKey(b.Context(), "carl", "left", olga); err != nil {
			b.Fatal(err)
		}
		other := b.person("anna") // the name again
		renamed := strings.SplitN(staff["carl"].line, "+", 3)
		public, err := base64.StdEncoding.DecodeString(renamed[2])
		if err != nil {
			b.Fatal(err)
		}
		again := verifierLine(b.T, "charles", public[1:]) // the public key again
		b.untouched(func() {
			for _, line := range []string{staff["carl"].line, other.line, again} {
				b.fails(b.l.AddKey(b.Context(), ledger.Approver, line, olga), ledger.ErrTaken)
			}
			for what, line := range map[string]string{"nothing": "", "a word": "anna", "a private key": "PRIVATE+KEY+x+00000000+AAAA",
				"another hash": strings.Replace(other.line, "+", "+0", 1), "two lines": other.line + "\nrole: owner"} {
				if err := b.l.AddKey(b.Context(), ledger.Approver, line, olga); !errors.Is(err, ledger.ErrInvalid) {
					b.Errorf("%s: %v", what, err)
				}
			}
			b.fails(b.l.AddKey(b.Context(), "king", b.person("kim").line, olga), ledger.ErrInvalid)
			b.fails(b.l.RevokeKey(b.Context(), "carl", "again", olga), ledger.ErrInvalid)
			b.fails(b.l.RevokeKey(b.Context(), "nobody", "why", olga), ledger.ErrInvalid)
			b.fails(b.l.RevokeKey(b.Context(), "ben", "two\nlines", olga), ledger.ErrInvalid)
			b.fails(b.l.RevokeKey(b.Context(), "olga", "the last owner, and two approvers stay", staff["rita"]), ledger.ErrUnsigned)
		})
		for _, name := range []string{"", "a b", "a+b", "a,b", "-a", strings.Repeat("a", 65)} {
			if _, _, err := ledger.NewKey(name); !errors.Is(err, ledger.ErrInvalid) {
				b.Errorf("a key named %q: %v", name, err)
			}
		}
	}},
	{"a signature counts on its own ledger alone", func(b *bench) {
		olga := b.register(ledger.Owner, nil, "olga")[0]
		stranger := b.person("olga") // the same name, another key
		b.untouched(func() {
			b.fails(b.l.OpenAccount(b.Context(), starter("shop"), stranger), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Owner, b.person("kim").line, stranger), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Owner, b.person("kim").line, olga, stranger), ledger.ErrUnsigned)
			b.fails(b.l.AddKey(b.Context(), ledger.Owner, b.person("kim").line, liar{olga}), ledger.ErrForged)
		})
	}},
}

// verifierLine writes the line of a public key under a name.
func verifierLine(t *testing.T, name string, public []byte) string {
	t.Helper()
	line, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// A liar has the name of a key, and signs something else.
type liar struct{ ledger.Signer }

func (l liar) Sign(msg []byte) ([]byte, error) { return l.Signer.Sign(append(bytes.Clone(msg), '!')) }

var runnerTests = []test{
	{"once there is a runner nobody else builds", func(b *bench) {
		b.open(threefold("shop"))
		b.release(ask("shop", "p", "2026-03-10", one))
		olga := b.register(ledger.Owner, nil, "olga")[0]
		b.release(ask("shop", "p", "2026-03-11", one))
		rita := b.register(ledger.Runner, []ledger.Signer{olga}, "rita")[0]
		carl := b.register(ledger.Author, []ledger.Signer{olga}, "carl")[0]
		anna := b.register(ledger.Approver, []ledger.Signer{olga}, "anna")[0]
		by := func(who ledger.Signer) ledger.Request {
			r := ask("shop", "p", "2026-03-12", one)
			r.Runner = who
			return r
		}
		b.untouched(func() {
			err := b.refused(b.l, by(nil), ledger.ErrUnsigned)
			var told *ledger.Refusal
			if !errors.As(err, &told) || !strings.Contains(told.Hint, "rita (runner)") {
				b.Errorf("hint = %+v", told)
			}
			for _, who := range []ledger.Signer{carl, anna, olga, b.person("rita"), b.person("kim")} {
				_ = b.refused(b.l, by(who), ledger.ErrUnsigned)
			}
			_ = b.refused(b.l, by(liar{rita}), ledger.ErrForged)
		})
		b.balance("shop", ledger.Cost{}, times(one, 2))
		b.exists(b.l, ask("shop", "p", "2026-03-11", one)) // what was paid is served all the same
		res := b.reserve(b.l, by(rita))
		b.touch(res)
		b.void(res, false)
		_ = b.refused(b.l, by(nil), ledger.ErrUnsigned) // nor takes over what a runner held
		b.release(by(rita))
		all, err := b.l.History(b.Context(), "shop")
		if last := all[len(all)-1]; err != nil || last.Type != "post" || last.Actor != "rita" {
			b.Errorf("last = %+v, %v", last, err)
		}
		if err := b.l.RevokeKey(b.Context(), "rita", "left", olga); err != nil {
			b.Fatal(err)
		}
		b.untouched(func() {
			_ = b.refused(b.l, ask("shop", "q", "2026-03-12", one), ledger.ErrUnsigned) // who leaves does not leave the door open
			q := ask("shop", "q", "2026-03-12", one)
			q.Runner = rita
			_ = b.refused(b.l, q, ledger.ErrUnsigned)
		})
	}},
}

var grantTests = []test{
	{"two approvers add to the present period", func(b *bench) {
		b.open(threefold("shop"))
		staff := b.staff()
		b.release(ask("shop", "p", "2026-03-13", times(one, 3)))
		_ = b.refused(b.l, ask("shop", "q", "2026-03-13", one), ledger.ErrExhausted)
		note := b.granted(staff, ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}, Reason: "a late campaign"})
		b.release(ask("shop", "q", "2026-03-13", one))
		_ = b.refused(b.l, ask("shop", "r", "2026-03-13", one), ledger.ErrExhausted)
		if s := b.status("shop"); s.Cap != times(one, 4) {
			b.Errorf("status = %+v", s)
		}
		all, err := b.l.History(b.Context(), "shop")
		if err != nil {
			b.Fatal(err)
		}
		e := all[slices.IndexFunc(all, func(e ledger.Entry) bool { return e.Type == "grant" })]
		if e.Cost != one || e.Actor != "anna,ben" || e.Reason != "a late campaign" {
			b.Errorf("entry = %+v", e)
		}
		// It is good for once, and for one period.
		b.untouched(func() {
			_, err = b.again().Grant(b.Context(), note)
			b.fails(err, ledger.ErrUnsigned)
		})
		b.clock.Move(30 * day)
		if s := b.status("shop"); s.Cap != times(one, 3) {
			b.Errorf("the next period = %+v", s)
		}
	}},
	{"grants add up as if they were one", func(b *bench) {
		b.open(starter("shop"))
		staff := b.staff()
		for range 4 {
			b.granted(staff, ledger.Grant{Account: "shop", Add: ledger.Lines{Epsilon: 0.5, Delta: 1e-8}, Reason: "more"})
		}
		b.open2(ledger.Account{Name: "club", Lines: ledger.Lines{Epsilon: 10, Delta: 1.4e-7}, Period: 364}, staff["olga"])
		if s, same := b.status("shop"), b.status("club"); s.Cap != same.Cap {
			b.Errorf("caps = %+v, want %+v", s.Cap, same.Cap)
		}
	}},
	{"tenths that are granted add up to tenths", func(b *bench) {
		b.open(ledger.Account{Name: "shop", Lines: ledger.Lines{Epsilon: 1, Delta: 1e-7, PureEpsilon: 0.7, PureDelta: 3e-8}, Period: 30})
		b.granted(b.staff(), ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 0.1, PureDelta: 2e-9}, Reason: "more"})
		// In doubles 0.7 + 0.1 is less than 0.8, and 3e-8 + 2e-9 less than 3.2e-8.
		if got := b.status("shop").Cap; got.Epsilon != 800_000_000_000 || got.Delta != 32_000_000_000 {
			b.Errorf("cap = %+v", got)
		}
	}},
	{"a grant takes two approvers of this ledger, and no lies", func(b *bench) {
		b.open(threefold("shop"))
		staff := b.staff()
		anna, ben := staff["anna"], staff["ben"]
		text := b.newGrant(ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}, Reason: "a late campaign"})
		larger := bytes.Replace(text, []byte("pure_epsilon: 1\n"), []byte("pure_epsilon: 9\n"), 1)
		signed := b.signed(text, anna, ben)
		b.untouched(func() {
			for what, c := range map[string]struct {
				note []byte
				want error
			}{
				"nobody":                     {text, ledger.ErrInvalid},
				"one":                        {b.signed(text, anna), ledger.ErrUnsigned},
				"one twice":                  {b.signed(b.signed(text, anna), anna), ledger.ErrUnsigned},
				"one twice in a line":        {append(b.signed(text, anna), lastLine(b.signed(text, anna))...), ledger.ErrUnsigned},
				"an author":                  {b.signed(text, anna, staff["carl"]), ledger.ErrUnsigned},
				"a runner":                   {b.signed(text, anna, staff["rita"]), ledger.ErrUnsigned},
				"an auditor":                 {b.signed(text, staff["dora"], ben), ledger.ErrUnsigned},
				"the owner":                  {b.signed(text, staff["olga"]), ledger.ErrUnsigned},
				"the owner and one":          {b.signed(text, staff["olga"], anna), ledger.ErrUnsigned},
				"two and an author":          {b.signed(text, anna, ben, staff["carl"]), ledger.ErrUnsigned},
				"strangers":                  {b.signed(text, b.person("anna"), b.person("ben")), ledger.ErrUnsigned},
				"one and a stranger":         {b.signed(text, anna, b.person("kim")), ledger.ErrUnsigned},
				"a forged signature":         {b.signed(text, anna, liar{ben}), ledger.ErrForged},
				"a changed text":             {bytes.Replace(signed, []byte("pure_epsilon: 1\n"), []byte("pure_epsilon: 2\n"), 1), ledger.ErrForged},
				"another reason":             {bytes.Replace(signed, []byte("late"), []byte("fine"), 1), ledger.ErrForged},
				"another account":            {bytes.Replace(signed, []byte("account: shop"), []byte("account: club"), 1), ledger.ErrForged},
				"signatures of another":      {append(bytes.Clone(larger), signed[len(text):]...), ledger.ErrForged},
				"two on an unknown page":     {otherNote(b.T, "give them all\n", anna, ben), ledger.ErrInvalid},
				"two on no account":          {b.signed(bytes.Replace(text, []byte("account: shop"), []byte("account: club"), 1), anna, ben), ledger.ErrNoAccount},
				"two on another ledger":      {b.signed(bytes.Replace(text, []byte("ledger: "), []byte("ledger: a"), 1), anna, ben), ledger.ErrUnsigned},
				"two on the next period":     {b.signed(bytes.Replace(text, []byte("period: 0"), []byte("period: 1"), 1), anna, ben), ledger.ErrUnsigned},
				"two on less than nought":    {b.signed(bytes.Replace(text, []byte("pure_epsilon: 1"), []byte("pure_epsilon: -1"), 1), anna, ben), ledger.ErrInvalid},
				"two on no number":           {b.signed(bytes.Replace(text, []byte("pure_epsilon: 1"), []byte("pure_epsilon: NaN"), 1), anna, ben), ledger.ErrInvalid},
				"two on all there is":        {b.signed(bytes.Replace(text, []byte("pure_epsilon: 1"), []byte("pure_epsilon: Inf"), 1), anna, ben), ledger.ErrInvalid},
				"two on what shows as other": {otherNote(b.T, strings.Replace(string(text), "a late", "a \u202elate", 1), anna, ben), ledger.ErrInvalid},
				"nothing":                    {nil, ledger.ErrInvalid},
			} {
				if _, err := b.l.Grant(b.Context(), c.note); !errors.Is(err, c.want) {
					b.Errorf("%s: %v, want %v", what, err, c.want)
				}
			}
		})
		if s := b.status("shop"); s.Cap != times(one, 3) {
			b.Errorf("status = %+v", s)
		}
		// Who is revoked before it is applied does not count.
		if err := b.l.RevokeKey(b.Context(), "ben", "left", staff["olga"]); err != nil {
			b.Fatal(err)
		}
		b.untouched(func() {
			_, err := b.l.Grant(b.Context(), signed)
			b.fails(err, ledger.ErrUnsigned)
		})
		kim := b.register(ledger.Approver, []ledger.Signer{staff["olga"]}, "kim")[0]
		if _, err := b.l.Grant(b.Context(), b.signed(text, anna, kim)); err != nil {
			b.Error(err)
		}
	}},
	{"a grant in two steps says who has signed", func(b *bench) {
		b.open(threefold("shop"))
		staff := b.staff()
		text := b.newGrant(ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}, Reason: "more"})
		first := b.signed(text, staff["anna"])
		if g, who, err := b.l.SignedBy(b.Context(), first); err != nil || !slices.Equal(who, []string{"anna"}) || g.From != "2026-03-14" || g.To != "2026-04-13" {
			b.Errorf("%+v signed by %v, %v", g, who, err)
		}
		if _, _, err := b.l.SignedBy(b.Context(), b.signed(text, staff["carl"])); !errors.Is(err, ledger.ErrUnsigned) {
			b.Errorf("an author: %v", err)
		}
		if _, err := b.again().Grant(b.Context(), b.signed(first, staff["ben"])); err != nil {
			b.Error(err)
		}
	}},
	{"a grant stays under the ceiling and within the whole", func(b *bench) {
		a := threefold("shop")
		a.Ceiling = 5
		b.open(a)
		b.open(part("shop/acme", 2))
		staff := b.staff()
		ask3 := func(account string, epsilon float64) error {
			_, err := b.l.NewGrant(b.Context(), ledger.Grant{Account: account, Add: ledger.Lines{PureEpsilon: epsilon}, Reason: "more"})
			return err
		}
		b.untouched(func() {
			b.fails(ask3("shop", 2.5), ledger.ErrCeiling)
			b.fails(ask3("shop/acme", 1.5), ledger.ErrExhausted)
			b.fails(ask3("shop", 0), ledger.ErrInvalid)
			b.fails(ask3("club", 1), ledger.ErrNoAccount)
			_, err := b.l.NewGrant(b.Context(), ledger.Grant{Account: "shop", Add: ledger.Lines{Epsilon: 1}, Reason: "another line"})
			b.fails(err, ledger.ErrInvalid)
			_, err = b.l.NewGrant(b.Context(), ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}, Reason: "two\nlines"})
			b.fails(err, ledger.ErrInvalid)
			_, err = b.l.NewGrant(b.Context(), ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}})
			b.fails(err, ledger.ErrInvalid)
		})
		// Two that fit one by one do not fit together.
		first := b.newGrant(ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1.5}, Reason: "one"})
		second := b.newGrant(ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1.5}, Reason: "two"})
		if _, err := b.l.Grant(b.Context(), b.signed(first, staff["anna"], staff["ben"])); err != nil {
			b.Fatal(err)
		}
		_, err := b.l.Grant(b.Context(), b.signed(second, staff["anna"], staff["ben"]))
		b.fails(err, ledger.ErrCeiling)
		b.granted(staff, ledger.Grant{Account: "shop/acme", Add: ledger.Lines{PureEpsilon: 2.5}, Reason: "as much as the whole"})
		b.release(ask("shop/acme", "p", "2026-03-13", times(one, 4)))
		// What was used before counts, in the next period too.
		b.clock.Move(30 * day)
		b.fails(ask3("shop", 0.1), ledger.ErrCeiling)
	}},
}

var approvalTests = []test{
	{"a build that needs approval waits for it", func(b *bench) {
		a := starter("shop")
		a.Policy = ledger.Policy{Approval: "required"}
		b.open(a)
		b.open(ledger.Account{Name: "shop/acme", Lines: a.Lines})
		r := ask("shop", "p", "2026-03-13", weekly)
		err := b.refused(b.l, r, ledger.ErrPolicy)
		var told *ledger.Refusal
		if !errors.As(err, &told) || !strings.Contains(told.Hint, "key add --role approver") {
			b.Errorf("hint = %+v", told)
		}
		staff := b.staff()
		err = b.refused(b.l, r, ledger.ErrPolicy)
		if !errors.As(err, &told) || !strings.Contains(told.Hint, "anna (approver), ben (approver)") || !strings.Contains(told.Hint, "throng approve") {
			b.Errorf("hint = %+v", told)
		}
		sign := func(who person, change func(a *ledger.Approval)) error {
			x := ledger.Approval{Account: "shop", Plan: "p", Digest: r.Digest, Price: weekly}
			if change != nil {
				change(&x)
			}
			_, err := b.l.Approve(b.Context(), x, who)
			return err
		}
		// Who wrote the plan does not approve it, nor does anybody else who may not.
		if err := sign(staff["carl"], nil); err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{"olga", "rita", "dora"} {
			b.untouched(func() { b.fails(sign(staff[name], nil), ledger.ErrUnsigned) })
		}
		b.untouched(func() {
			b.fails(sign(b.person("anna"), nil), ledger.ErrUnsigned)
			_, err := b.l.Approve(b.Context(), ledger.Approval{Account: "shop", Plan: "p", Digest: r.Digest, Price: weekly}, liar{staff["anna"]})
			b.fails(err, ledger.ErrForged)
			b.fails(sign(staff["anna"], func(a *ledger.Approval) { a.Account = "club" }), ledger.ErrNoAccount)
			b.fails(sign(staff["anna"], func(a *ledger.Approval) { a.Price = ledger.Cost{} }), ledger.ErrInvalid)
		})
		_ = b.refused(b.l, r, ledger.ErrPolicy)
		// Neither does an approval of another question, account or price.
		for _, change := range []func(a *ledger.Approval){
			func(a *ledger.Approval) { a.Digest = [32]byte{9} },
			func(a *ledger.Approval) { a.Account = "shop/acme" },
			func(a *ledger.Approval) { a.Plan = "q" },
			func(a *ledger.Approval) { a.Price.MuSquared-- },
			func(a *ledger.Approval) { a.Price.Tail-- },
		} {
			if err := sign(staff["anna"], change); err != nil {
				b.Fatal(err)
			}
		}
		err = b.refused(b.l, r, ledger.ErrPolicy)
		if !strings.Contains(err.Error(), "anna signed a lower price") {
			b.Errorf("error = %v", err)
		}
		if err := b.l.Approved(b.Context(), "shop", "p", r.Digest, weekly); !errors.Is(err, ledger.ErrPolicy) {
			b.Errorf("approved: %v", err)
		}
		if err := sign(staff["ben"], func(a *ledger.Approval) { a.Price.MuSquared++ }); err != nil {
			b.Fatal(err)
		}
		b.release(r)
		// It holds for every date, until the plan changes or the key is revoked.
		b.release(ask("shop", "p", "2026-03-12", weekly))
		dearer := ask("shop", "p", "2026-03-11", times(weekly, 2))
		_ = b.refused(b.l, dearer, ledger.ErrPolicy)
		changed := ask("shop", "p", "2026-03-11", weekly)
		changed.Digest = [32]byte{3}
		_ = b.refused(b.l, changed, ledger.ErrPolicy)
		if err := b.l.RevokeKey(b.Context(), "ben", "left", staff["olga"]); err != nil {
			b.Fatal(err)
		}
		err = b.refused(b.again(), ask("shop", "p", "2026-03-11", weekly), ledger.ErrPolicy)
		if !strings.Contains(err.Error(), "key of ben, who signed, is revoked") && !strings.Contains(err.Error(), "lower price") {
			b.Errorf("error = %v", err)
		}
		b.exists(b.l, r) // what was paid is served all the same
		b.release(func() ledger.Request {
			if err := sign(staff["anna"], nil); err != nil {
				b.Fatal(err)
			}
			return ask("shop", "p", "2026-03-11", weekly)
		}())
	}},
	{"a policy that asks for no approval needs none", func(b *bench) {
		b.open(starter("shop"))
		if err := b.l.Approved(b.Context(), "shop", "p", [32]byte{1}, weekly); err != nil {
			b.Error(err)
		}
	}},
}

func (b *bench) newGrant(g ledger.Grant) []byte {
	b.Helper()
	text, err := b.l.NewGrant(b.Context(), g)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func (b *bench) signed(text []byte, who ...ledger.Signer) []byte {
	b.Helper()
	out, err := ledger.AddSignatures(text, who...)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// granted writes a grant, signs it by anna and ben, and applies it.
func (b *bench) granted(staff map[string]person, g ledger.Grant) []byte {
	b.Helper()
	note := b.signed(b.newGrant(g), staff["anna"], staff["ben"])
	if _, err := b.l.Grant(b.Context(), note); err != nil {
		b.Fatal(err)
	}
	return note
}

// open2 opens an account where keys decide.
func (b *bench) open2(a ledger.Account, who ledger.Signer) {
	b.Helper()
	if err := b.l.OpenAccount(b.Context(), a, who); err != nil {
		b.Fatal(err)
	}
}

// otherNote is one that no ledger takes, and that AddSignatures does not sign.
func otherNote(t *testing.T, text string, who ...note.Signer) []byte {
	t.Helper()
	if _, err := ledger.AddSignatures([]byte(text), who...); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("signing what is no note of a ledger: %v", err)
	}
	out, err := note.Sign(&note.Note{Text: text}, who...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lastLine returns the last line of a note: a signature.
func lastLine(text []byte) []byte {
	lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	return append(bytes.Clone(lines[len(lines)-1]), '\n')
}
