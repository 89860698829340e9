// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/release"
)

// FolderOf returns the folder of a release's files: the one that was named, or
// the release that stands below a day's.
func FolderOf(folder string) string {
	below := filepath.Join(folder, current)
	if _, err := os.Stat(filepath.Join(folder, "catalog.json")); err == nil {
		return folder
	}
	if info, err := os.Stat(below); err == nil && info.IsDir() {
		return below
	}
	return folder
}

// ReadFolder reads a release back from its files, without a ledger: labels and
// numbers from the catalogue, the price from the manifest, the order of the
// tables from the flat form.
func ReadFolder(folder string) (*release.Release, error) {
	var c catalogFile
	var m manifestFile
	if err := readJSON(folder, "catalog.json", &c); err != nil {
		return nil, err
	}
	if err := readJSON(folder, "manifest.json", &m); err != nil {
		return nil, err
	}
	if c.Release != m.Release.ID {
		return nil, notRelease(folder, errors.New("catalog.json and manifest.json are of two releases"))
	}
	rel := m.release()
	c.fill(rel)
	if err := order(rel, folder); err != nil {
		return nil, err
	}
	if err := rel.Validate(); err != nil {
		return nil, notRelease(folder, err)
	}
	return rel, nil
}

func readJSON(folder, name string, v any) error {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return notRelease(folder, err)
	}
	return nil
}

func notRelease(folder string, err error) error {
	return &fault.Error{Kind: fault.Usage, Code: "usage.no-release", Where: folder, Msg: "not the folder of a release", Err: cause(err),
		Hint: "name the folder that holds catalog.json and manifest.json"}
}

// order puts the tables into the order of catalog.csv, which is the plan's.
func order(rel *release.Release, folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "catalog.csv"))
	if err != nil {
		return notRelease(folder, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		return notRelease(folder, err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	place := map[string]int{}
	for i, row := range rows[1:] {
		key := ""
		for _, name := range []string{"kind", "segment", "second", "by"} {
			key += strings.TrimPrefix(row[column[name]], "'") + "\x00"
		}
		if _, seen := place[key]; !seen {
			place[key] = i
		}
	}
	slices.SortStableFunc(rel.Tables, func(a, b release.Table) int { return place[tableKey(&a)] - place[tableKey(&b)] })
	return nil
}

func tableKey(t *release.Table) string {
	by := t.Of
	if t.Kind == release.Breakdown {
		by = strings.Join(t.By, release.Joint)
	}
	return t.Kind + "\x00" + strings.Join(append(slices.Clone(t.Segments), "", "")[:2], "\x00") + "\x00" + by + "\x00"
}

// A manifestFile is what is read of manifest.json.
type manifestFile struct {
	Loss struct {
		Lifetime struct {
			Epsilon float64  `json:"epsilon"`
			Delta   float64  `json:"delta"`
			Builds  int      `json:"builds"`
			Ceiling *float64 `json:"ceiling"`
		} `json:"lifetime"`
		Period  *release.Period `json:"period"`
		Release struct {
			Epsilon     float64 `json:"epsilon"`
			Delta       float64 `json:"delta"`
			Mu          float64 `json:"mu"`
			MuSquared   int64   `json:"mu2_pico"`
			PureEpsilon float64 `json:"pure_epsilon"`
			PureDelta   float64 `json:"pure_delta"`
		} `json:"release"`
	} `json:"privacy_loss"`
	Release struct {
		ID, Account, Plan, Date, Every, Issued, Publisher, Contact, Purpose, Population string

		PlanDigest   string  `json:"plan_digest"`
		AsOf         string  `json:"as_of"`
		TimeZone     string  `json:"time_zone"`
		LookbackDays int     `json:"lookback_days"`
		ValidUntil   *string `json:"valid_until"`
		Supersedes   *string `json:"supersedes"`
	} `json:"release"`
	Guarantee struct {
		Unit, Neighbours, Covers string

		OptOuts string `json:"opt_outs"`
		MinAge  *int   `json:"min_age"`
	} `json:"guarantee"`
	Bounds struct {
		MaxSegments int `json:"max_segments"`
	} `json:"bounds"`
	Mechanism struct {
		Name, Noise string
		Families    []release.Family
	} `json:"mechanism"`
	PostProcess []string `json:"post_processing"`
	Suppression struct {
		Rule     string `json:"rule"`
		MinReach int64  `json:"min_reach"`
	} `json:"suppression"`
	Accuracy struct {
		Confidence float64 `json:"confidence"`
	} `json:"accuracy"`
	Unprotected []string `json:"unprotected"`
	Cleared     []string `json:"cleared_key_roles"`
	Software    struct {
		Version string `json:"version"`
	} `json:"software"`
}

func (m *manifestFile) release() *release.Release {
	r, l := &m.Release, &m.Loss
	rel := &release.Release{Throng: 1, ID: r.ID, Account: r.Account, Plan: r.Plan, PlanDigest: r.PlanDigest, Date: r.Date,
		AsOf: r.AsOf, TimeZone: r.TimeZone, LookbackDays: r.LookbackDays, Every: r.Every, Issued: r.Issued,
		ValidUntil: orEmpty(r.ValidUntil), Supersedes: orEmpty(r.Supersedes), Publisher: r.Publisher, Owner: r.Contact,
		Purpose: r.Purpose, Who: r.Population, MinReach: m.Suppression.MinReach, CodeVersion: m.Software.Version, Cleared: m.Cleared}
	rel.Privacy = release.Privacy{Unit: m.Guarantee.Unit, Neighbours: m.Guarantee.Neighbours, Epsilon: l.Release.Epsilon,
		Delta: l.Release.Delta, Mu: l.Release.Mu, Confidence: m.Accuracy.Confidence, Mechanism: m.Mechanism.Name,
		Noise: m.Mechanism.Noise, MuSquared: l.Release.MuSquared, PureEpsilon: l.Release.PureEpsilon, PureDelta: l.Release.PureDelta,
		MaxSegments: m.Bounds.MaxSegments, OptOuts: m.Guarantee.OptOuts, Period: l.Period, Families: m.Mechanism.Families,
		PostProcess: m.PostProcess, Suppression: m.Suppression.Rule, Unprotected: m.Unprotected, Covers: m.Guarantee.Covers,
		Lifetime: release.Lifetime{Epsilon: l.Lifetime.Epsilon, Delta: l.Lifetime.Delta, Builds: l.Lifetime.Builds}}
	if l.Lifetime.Ceiling != nil {
		rel.Privacy.Lifetime.Ceiling = *l.Lifetime.Ceiling
	}
	if m.Guarantee.MinAge != nil {
		rel.Privacy.MinAge = *m.Guarantee.MinAge
	}
	return rel
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
