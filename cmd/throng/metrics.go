// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

// A gauge is a metric of a build. Its value follows from the plan, the ledger or
// the clock, never from anybody's data (R32); times are cut to the minute.
type gauge struct {
	name, help string
	value      float64
}

// lastSuccess is kept over failures: what an alert on staleness looks at.
const lastSuccess = "throng_build_last_success_timestamp_seconds"

// writeMetrics writes what monitoring wants to know of a build, for the textfile
// collector of Prometheus's node exporter, which takes whole files only: it is
// written aside and renamed. One file is for one plan.
func (s *session) writeMetrics(file string, head plan.Head, l *ledger.Ledger, r *audience.Result, failed error) error {
	labels := fmt.Sprintf("{plan=%s,account=%s}", strconv.Quote(head.Name), strconv.Quote(head.Account))
	exit := 0
	if failed != nil {
		exit = reportOf(s.ctx, failed).Exit
	}
	moment := float64(now().Truncate(time.Minute).Unix())
	gauges := []gauge{
		{"throng_build_last_run_timestamp_seconds", "When the build last ended, well or not, cut to the minute.", moment},
		{"throng_build_last_exit_code", "How it ended: 0, or the exit code of docs/commands.md.", float64(exit)},
	}
	switch before, ok := successBefore(file); {
	case failed == nil:
		gauges = append(gauges, gauge{lastSuccess, successHelp, moment})
	case ok:
		gauges = append(gauges, gauge{lastSuccess, successHelp, before})
	}
	if failed == nil {
		gauges = append(gauges, ofRelease(r)...)
	}
	gauges = append(gauges, ofAccount(context.WithoutCancel(s.ctx), l, head.Account)...)
	var b bytes.Buffer
	for _, g := range gauges {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n%s%s %s\n", g.name, g.help, g.name, g.name, labels, strconv.FormatFloat(g.value, 'g', -1, 64))
	}
	// Monitoring reads it as somebody else.
	if err := putFile(file, b.Bytes(), 0o644); err != nil {
		return &fault.Error{Kind: fault.Output, Code: "output.metrics", Where: file, Msg: "metrics cannot be written", Err: cause(err)}
	}
	return nil
}

const successHelp = "When the build last ended well, cut to the minute."

func ofRelease(r *audience.Result) []gauge {
	p := &r.Release.Privacy
	gauges := []gauge{
		{"throng_release_epsilon", "Privacy loss of the release.", p.Epsilon},
		{"throng_release_lifetime_epsilon", "Privacy loss of all releases so far on the same people.", p.Lifetime.Epsilon},
	}
	if at, err := time.Parse(time.RFC3339, r.Release.ValidUntil); err == nil {
		gauges = append(gauges, gauge{"throng_release_valid_until_timestamp_seconds", "When to stop using the release.", float64(at.Unix())})
	}
	return gauges
}

// ofAccount is what is left of the budget; nothing if the ledger does not say.
func ofAccount(ctx context.Context, l *ledger.Ledger, account string) []gauge {
	if l == nil {
		return nil
	}
	st, err := l.Status(ctx, account, now())
	if err != nil {
		return nil
	}
	lines := st.Account.Lines
	return []gauge{
		{"throng_account_epsilon_used", "Privacy loss of this period: spent and held.", st.Epsilon},
		{"throng_account_epsilon_limit", "Privacy loss that the account allows in a period.", lines.Epsilon + lines.PureEpsilon},
		{"throng_account_period_end_timestamp_seconds", "When the period ends.", float64(st.To.Unix())},
	}
}

// successBefore reads when the build last ended well from the file as it stands.
func successBefore(file string) (float64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, lastSuccess+"{") {
			continue
		}
		value := line[strings.LastIndexByte(line, ' ')+1:]
		if v, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
			return v, true
		}
	}
	return 0, false
}
