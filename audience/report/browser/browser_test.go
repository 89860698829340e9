// SPDX-License-Identifier: Apache-2.0

//go:build !race

package browser

import (
	"strings"
	"testing"
)

// TestWatch holds the watch to what it is for: a page that does what it must not
// is seen doing it, and one that breaks a rule of accessibility too.
func TestWatch(t *testing.T) {
	b := Start(t)
	p := b.Open(t, []byte(`<!DOCTYPE html><html lang="en"><title>x</title><body><p id="pale" style="color:#ccc;background:#fff">pale text</p>
<img src="http://throng.invalid/beacon.png" alt="">
<script>console.log("hello"); setTimeout(() => { throw new Error("no") }); fetch("http://throng.invalid/x").catch(() => 0); alert(1)</script>`), View{Width: 800, Height: 600})
	Eval[bool](p, `new Promise(done => setTimeout(() => done(true), 300))`)
	p.mu.Lock()
	seen := strings.Join(p.faults, "\n")
	p.faults = nil
	p.mu.Unlock()
	for _, want := range []string{"requests http://throng.invalid/beacon.png", "requests http://throng.invalid/x", "console", "throws", "dialogue"} {
		if !strings.Contains(seen, want) {
			t.Errorf("nobody saw that the page %s; seen:\n%s", want, seen)
		}
	}

	policy := b.Open(t, []byte(`<!DOCTYPE html><html lang="en"><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><title>x</title>
<script>document.title = "run"</script>`), View{Width: 800, Height: 600})
	policy.mu.Lock()
	seen = strings.Join(policy.faults, "\n")
	policy.faults = nil
	policy.mu.Unlock()
	if !strings.Contains(seen, "logs: ") || Eval[string](policy, "document.title") != "x" {
		t.Errorf("a breach of the policy is not seen: %q", seen)
	}
	if broken := Axe(t).breaches(p); len(broken) == 0 || !strings.Contains(broken[0].ID+broken[len(broken)-1].ID, "contrast") {
		t.Errorf("axe finds no pale text: %+v", broken)
	}
}

// TestDiffer: a picture equals itself, a shade of it nearly, and nothing else.
func TestDiffer(t *testing.T) {
	b := Start(t)
	shot := func(css string) []byte {
		p := b.Open(t, []byte(`<!DOCTYPE html><html lang="en"><title>x</title><style>`+css+`</style><body><h1>Crowd</h1>`), View{Width: 200, Height: 100})
		return p.Picture(200, 100)
	}
	plain := shot("")
	if d := Differ(t, plain, shot("")); d != 0 {
		t.Errorf("a picture differs from itself by %g", d)
	}
	if d := Differ(t, plain, shot("h1 { color: #020202 }")); d > mostDiffer {
		t.Errorf("what nobody sees differs by %g", d)
	}
	for _, css := range []string{"h1 { color: red }", "h1 { margin: 3px }", "body { background: #ddd }", "h1 { visibility: hidden }"} {
		if d := Differ(t, plain, shot(css)); d <= mostDiffer {
			t.Errorf("%s differs by no more than %g", css, d)
		}
	}
}
