// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/differential-privacy/go/v3/noise"
	"pgregory.net/rapid"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/dptest"
)

// floatCall is what nobody may call; it is not written out anywhere.
const floatCall = "AddNoise" + "Float64"

// TestSteps holds that the noise of a step is at least what was asked for, at
// most a millionth more, and what the library adds for it.
func TestSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]mechanism{gaussian, laplace}).Draw(t, "mechanism")
		scale := math.Exp(rapid.Float64Range(0, 20).Draw(t, "log scale"))
		s, ok := m.step(scale, scale/8)
		if !ok {
			t.Fatalf("no step for %g", scale)
		}
		if got := m.realised(s); got < scale || got > scale*(1+1e-6) {
			t.Fatalf("asked for %.12g, got %.12g", scale, got)
		}
		if s.shift > 0 && s.linf >= 2*fineness+1 {
			t.Fatalf("%+v is finer than it need be", s)
		}
		sigma := noise.SigmaForGaussian(1, float64(s.linf), unitEpsilon, unitDelta)
		if want := unitSigma * float64(s.linf); math.Abs(sigma-want) > 1e-12*want {
			t.Fatalf("the library's σ is %.15g, priced is %.15g", sigma, want)
		}
	})
}

// TestNoStepBeyondInt64 refuses what would wrap or never return.
func TestNoStepBeyondInt64(t *testing.T) {
	for _, c := range []struct{ scale, entry float64 }{{1e-6, 1}, {1e15, 1}, {5, 1 << 30}, {math.NaN(), 1}, {math.Inf(1), 1}, {0, 1}} {
		if s, ok := gaussian.step(c.scale, c.entry); ok {
			t.Errorf("scale %g, entry %g: %+v", c.scale, c.entry, s)
		}
	}
}

// A witness draws from the library and keeps the noise, in units of its scale.
type witness struct{ noise []float64 }

func (w *witness) draw(m mechanism, x int64, s step) (float64, error) {
	y, err := library{}.draw(m, x, s)
	w.noise = append(w.noise, (y-float64(x))/m.realised(s))
	return y, err
}

// TestNoise holds every row's noise, drawn by the code that publishes, to its
// distribution and its scale, and to being each row's own: not its neighbour's,
// not that of the release before. It sees 2.5 % too little noise. False alarms:
// below 1e-6, seven assertions at 1e-7.
func TestNoise(t *testing.T) {
	const alarm, releases = 1e-7, 100
	for _, m := range []mechanism{gaussian, laplace} {
		s := forced(t, shop(6, 4), m, 1)
		counts := make([]int64, s.layout.size)
		for i := range counts {
			counts[i] = int64(i % 7)
		}
		w := &witness{}
		for range releases {
			if _, err := s.design.measure(counts, w); err != nil {
				t.Fatal(err)
			}
		}
		if m == laplace {
			dptest.Distribution(t, "laplace", w.noise, func(x float64) float64 {
				return 0.5 + math.Copysign(1-math.Exp(-math.Abs(x)), x)/2
			}, alarm)
			continue
		}
		n, rows := len(w.noise), len(w.noise)/releases
		dptest.Spread(t, "noise", w.noise, 1, alarm)
		dptest.Distribution(t, "gaussian", w.noise, accountant.CDF, alarm)
		dptest.Unrelated(t, "neighbouring rows", w.noise[:n-1], w.noise[1:], alarm)
		dptest.Unrelated(t, "two rows on", w.noise[:n-2], w.noise[2:], alarm)
		dptest.Unrelated(t, "releases", w.noise[:n-rows], w.noise[rows:], alarm)
	}
}

// TestEveryRowHasItsOwnNoise looks for noise that two rows share, any two of one
// release or of one and the next: in 400 releases it sees a draw that serves two
// rows every second time. False alarms: below 1e-7, shared by all pairs.
func TestEveryRowHasItsOwnNoise(t *testing.T) {
	const releases = 400
	s := forced(t, shop(3, 3), gaussian, 1)
	counts := make([]int64, s.layout.size)
	var byRow [][]float64
	for range releases {
		w := &witness{}
		if _, err := s.design.measure(counts, w); err != nil {
			t.Fatal(err)
		}
		if byRow == nil {
			byRow = make([][]float64, len(w.noise))
		}
		for i, x := range w.noise {
			byRow[i] = append(byRow[i], x)
		}
	}
	alarm := 1e-7 / float64(2*len(byRow)*len(byRow))
	for i, xs := range byRow {
		for j, ys := range byRow {
			if j > i {
				dptest.Unrelated(t, "rows of a release", xs, ys, alarm)
			}
			dptest.Unrelated(t, "rows of two releases", xs[:releases-1], ys[1:], alarm)
		}
		if t.Failed() {
			return
		}
	}
}

// A floating sampler is the mutant: the library's float call, at the same scale.
type floating struct{}

func (floating) draw(m mechanism, x int64, s step) (float64, error) {
	call := reflect.ValueOf(noise.Gaussian()).MethodByName(floatCall)
	out := call.Call([]reflect.Value{reflect.ValueOf(float64(x)), reflect.ValueOf(int64(1)),
		reflect.ValueOf(m.realised(s) / unitSigma), reflect.ValueOf(1.0), reflect.ValueOf(unitDelta)})
	return out[0].Float(), nil
}

// tellsNobody reports the event that proves an empty cell under float noise: a
// number just inside a binade from below zero, an odd multiple of the binade's
// last bit. Noise around 1 or more comes from the next, coarser binade.
func tellsNobody(y float64) bool {
	magnitude, binade := math.Abs(y), math.Exp2(math.Ceil(math.Log2(math.Abs(y))))
	return y < 0 && magnitude > binade-1 && math.Float64bits(y)&1 == 1
}

// leaks draws at counts 0 and 1 and tells whether low bits say which.
func leaks(t *testing.T, src sampler) bool {
	t.Helper()
	s, _ := gaussian.step(5.1, 1)
	for range 2000 {
		for x := range int64(2) {
			y, err := src.draw(gaussian, x, s)
			if err != nil {
				t.Fatal(err)
			}
			whole := math.Ldexp(y, s.shift)
			if tellsNobody(y) || whole != math.Trunc(whole) {
				return true
			}
		}
	}
	return false
}

// TestLowBits would fail if noise came from the float call, as the mutant
// shows: its event has probability 0.05 a draw, so the mutant survives with
// probability below 1e-40; the library's integer call never has it.
func TestLowBits(t *testing.T) {
	if leaks(t, library{}) {
		t.Error("the noise's low bits tell the count")
	}
	if !leaks(t, floating{}) {
		t.Error("the test does not see the float call")
	}
}

// TestOnlyDoor holds that noise has one door: this package's noise.go, by the
// integer call, and that nothing but tests and invented data draws from math/rand.
func TestOnlyDoor(t *testing.T) {
	seen := 0
	for _, top := range []string{"audience", "cmd", "dp"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			if filepath.ToSlash(filepath.Dir(path)) == "../cmd/bench/peers/beam" {
				return nil // a module of its own: what Throng is measured beside
			}
			seen++
			checkDoor(t, path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 20 {
		t.Fatalf("saw %d files", seen)
	}
}

func checkDoor(t *testing.T, path string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	test := strings.HasSuffix(path, "_test.go")
	for _, i := range f.Imports {
		name := strings.Trim(i.Path.Value, `"`)
		library := strings.HasPrefix(name, "github.com/google/differential-privacy/")
		if library && !test && filepath.ToSlash(path) != "../dp/noise.go" {
			t.Errorf("%s imports %s: noise is drawn in dp/noise.go alone", path, name)
		}
		invented := test || strings.HasPrefix(filepath.ToSlash(path), "../cmd/datagen/")
		if strings.HasPrefix(name, "math/rand") && !invented {
			t.Errorf("%s imports %s", path, name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == floatCall {
			t.Errorf("%s calls %s", path, floatCall)
		}
		return true
	})
}
