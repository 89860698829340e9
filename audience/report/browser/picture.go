// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// TypeFace is what committed pictures are written with. Where another one would
// be used, pictures cannot be compared.
const TypeFace = "DejaVu Sans"

// Picture returns the page's top, height pixels of it.
func (p *Page) Picture(width, height float64) []byte {
	p.t.Helper()
	beyond := true
	return call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond,
		Clip: &page.Viewport{Width: width, Height: height, Scale: 1}}).Data
}

// PDF prints the page on A4 and returns how many pages that takes.
func (p *Page) PDF() int {
	p.t.Helper()
	yes := true
	pdf := call(p, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69, PreferCSSPageSize: &yes, PrintBackground: &yes}).Data
	return len(pdfPage.FindAll(pdf, -1))
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// SameAs compares a picture with the committed one, or rewrites that. They may
// differ a little: another version of the browser smooths letters otherwise.
func (p *Page) SameAs(file string, got []byte, update bool) {
	p.t.Helper()
	path := filepath.Join(root(p.t), file)
	if font := typeFace(); font != TypeFace {
		Missing(p.t, "pictures are written with "+TypeFace+", and here it would be "+font)
	}
	if update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if d := Differ(p.t, want, got); d > mostDiffer {
		kept := filepath.Join(os.TempDir(), filepath.Base(file))
		_ = os.WriteFile(kept, got, 0o600)
		p.t.Errorf("%s: %.2f %% of it look different, %.2f %% may; the new picture is %s", file, 100*d, 100*mostDiffer, kept)
	}
}

// tile is the side of the squares whose mean colours are compared, and apart is
// by how much of 255 they differ where somebody would see it.
const (
	tile       = 8
	apart      = 10
	mostDiffer = 0.005
)

// Differ returns which part of two pictures looks different, from 0 to 1.
func Differ(t testing.TB, a, b []byte) float64 {
	t.Helper()
	x, y := decode(t, a), decode(t, b)
	if x.Bounds() != y.Bounds() {
		return 1
	}
	tiles, different := 0, 0
	for top := x.Bounds().Min.Y; top < x.Bounds().Max.Y; top += tile {
		for left := x.Bounds().Min.X; left < x.Bounds().Max.X; left += tile {
			tiles++
			p, q := mean(x, left, top), mean(y, left, top)
			for c := range p {
				if math.Abs(p[c]-q[c]) > apart {
					different++
					break
				}
			}
		}
	}
	return float64(different) / float64(tiles)
}

func decode(t testing.TB, text []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// mean is the mean colour of a square.
func mean(img image.Image, left, top int) (sum [3]float64) {
	n := 0.0
	for y := top; y < min(top+tile, img.Bounds().Max.Y); y++ {
		for x := left; x < min(left+tile, img.Bounds().Max.X); x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			for c, v := range []uint32{r, g, b} {
				sum[c] += float64(v >> 8)
			}
			n++
		}
	}
	for c := range sum {
		sum[c] /= n
	}
	return sum
}

// typeFace is what this machine writes a page's text with.
func typeFace() string {
	out, err := exec.Command("fc-match", "--format=%{family}", "system-ui").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
