// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// A plan is parsed, counted, paid for once and released. Building the same day
// again gives the same numbers and costs nothing.
func ExampleBuild() {
	if err := buildTwice(context.Background(), "../datasets/plans/gift-shop.yaml", "../datasets/online-retail"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 15 audiences
	// released before: false true
	// the same numbers: true
	// charged again: false
}

// buildTwice is what a program does that builds audiences.
func buildTwice(ctx context.Context, planFile, data string) error {
	dir, err := os.MkdirTemp("", "throng-example-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	// The owner of the budget makes the ledger and opens the account, once.
	l, err := sqlite.Create(ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	err = l.OpenAccount(ctx, ledger.Account{Name: "gift-shop", Lineage: "gift-shop-customers",
		Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364})
	if err != nil {
		return err
	}

	text, err := os.ReadFile(planFile)
	if err != nil {
		return err
	}
	file, err := plan.Parse(planFile, text)
	if err != nil {
		return err // every fault, with its line and column
	}
	job := audience.Job{Plan: file, Date: "2011-12-09", Engine: local.Engine{}, Ledger: l,
		Root: data, Out: filepath.Join(dir, "releases")}
	first, err := audience.Build(ctx, job)
	if err != nil {
		return err
	}
	again, err := audience.Build(ctx, job)
	if err != nil {
		return err
	}
	fmt.Println(len(first.Release.Segments), "audiences")
	fmt.Println("released before:", first.Existing, again.Existing)
	fmt.Println("the same numbers:", *first.Release.Reach("regulars").Estimate == *again.Release.Reach("regulars").Estimate)
	fmt.Println("charged again:", again.Spent != ledger.Cost{})
	return nil
}
