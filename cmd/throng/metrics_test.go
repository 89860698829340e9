// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/throng-dp/throng/dp/ledger"
)

// metrics reads a file as Prometheus's own parser does.
func (d *desk) metrics(file string) map[string]float64 {
	d.Helper()
	text, err := os.Open(file)
	if err != nil {
		d.Fatal(err)
	}
	defer text.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		d.Fatal(err)
	}
	all := map[string]float64{}
	for name, f := range families {
		if f.GetType() != dto.MetricType_GAUGE || f.GetHelp() == "" || len(f.Metric) != 1 {
			d.Errorf("%s: %v", name, f)
		}
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName()+"="+l.GetValue())
		}
		if want := []string{"account=gift-shop", "plan=gift-shop"}; !slices.Equal(slices.Sorted(slices.Values(labels)), want) {
			d.Errorf("%s has labels %q", name, labels)
		}
		all[name] = f.Metric[0].Gauge.GetValue()
	}
	return all
}

// TestMetrics: the textfile is what Prometheus reads, holds what follows from plan,
// ledger and clock alone, and after a failure still tells when all was well.
func TestMetrics(t *testing.T) {
	d := newDesk(t)
	d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}})
	d.runs("build", "plan.yaml", "--date", "2011-12-09", "--metrics", "throng.prom")
	good := d.metrics("throng.prom")
	const success, code = "throng_build_last_success_timestamp_seconds", "throng_build_last_exit_code"
	minute := float64(d.clock.Now().Truncate(time.Minute).Unix())
	for name, want := range map[string]float64{
		"throng_build_last_run_timestamp_seconds": minute, success: minute, code: 0, "throng_release_epsilon": 1,
		"throng_release_valid_until_timestamp_seconds": float64(time.Date(2011, 12, 17, 0, 0, 0, 0, time.UTC).Unix()),
		"throng_account_epsilon_limit":                 8, "throng_account_period_end_timestamp_seconds": float64(time.Date(2027, 3, 13, 0, 0, 0, 0, time.UTC).Unix()),
	} {
		if got, there := good[name]; !there || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	var names []string
	for name := range good {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"throng_account_epsilon_limit", "throng_account_epsilon_used", "throng_account_period_end_timestamp_seconds", code,
		"throng_build_last_run_timestamp_seconds", success, "throng_release_epsilon", "throng_release_lifetime_epsilon", "throng_release_valid_until_timestamp_seconds"}
	if !slices.Equal(names, want) {
		t.Errorf("metrics %q, want %q", names, want)
	}
	if used := good["throng_account_epsilon_used"]; used <= 0 || used >= 8 {
		t.Errorf("epsilon used: %v", used)
	}

	// The same again but for the opt-outs, without which nothing is built.
	if err := os.Remove("opt_outs.csv"); err != nil {
		t.Fatal(err)
	}
	d.clock.Move(24 * time.Hour)
	if said := d.says("build plan.yaml --date 2011-12-08 --metrics throng.prom"); !strings.Contains(said, "exit 12") {
		t.Fatal(said)
	}
	bad := d.metrics("throng.prom")
	if bad[code] != 12 || bad[success] != minute || bad["throng_build_last_run_timestamp_seconds"] != minute+24*3600 {
		t.Errorf("after a failure: %v", bad)
	}
	if _, there := bad["throng_release_epsilon"]; there {
		t.Error("a failed build tells of a release")
	}

	// Metrics that cannot be written stop nothing.
	if said := d.says("build plan.yaml --date 2011-12-09 --metrics nowhere/throng.prom"); !strings.Contains(said, "warning: nowhere/throng.prom: metrics cannot be written") || !strings.Contains(said, "exit 0") {
		t.Error(said)
	}
}
