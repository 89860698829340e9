// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"
)

// The month that all events fall into.
const (
	days   = 30
	second = int64(1_000_000) // times are microseconds
	hour   = 3600 * second
	dayLen = 24 * hour
)

var firstDay = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

var (
	eventTypes = []string{"app_open", "message_thread_viewed", "business_chat_opened", "catalog_view", "click_to_chat",
		"order_update_opened", "ad_impression", "ad_click", "product_shared", "cart_add", "purchase", "business_blocked"}
	eventWeights = []float64{30, 16, 11, 10, 7, 6, 6, 4, 3, 3.5, 2.5, 1}

	sections = []string{"apparel", "beauty", "books", "electronics", "food", "games", "health", "home", "travel", "sports",
		"auto", "finance", "pets", "kids", "garden", "music", "office", "jewelry", "art", "services"}
	categories = tenEach(sections)

	countries = []string{"IN", "BR", "US", "ID", "MX", "DE", "GB", "IT", "ES", "TR", "RU", "FR", "ZA", "NG", "AR", "CO", "PK", "EG",
		"SA", "MY", "NL", "PE", "CL", "KE", "PH", "AE", "PL", "PT", "CA", "AU", "IL", "GH", "MA", "EC", "BE", "SE", "CH", "AT", "SG", "IE"}
	callingCodes = []int64{91, 55, 1, 62, 52, 49, 44, 39, 34, 90, 7, 33, 27, 234, 54, 57, 92, 20,
		966, 60, 31, 51, 56, 254, 63, 971, 48, 351, 1, 61, 972, 233, 212, 593, 32, 46, 41, 43, 65, 353}

	regions    = numbered("R%02d", 20)
	ageBands   = []string{"13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"}
	ageWeights = []float64{5, 20, 28, 20, 13, 9, 5}
	languages  = []string{"en", "hi", "pt", "es", "id", "de", "it", "tr", "ru", "fr", "ar", "sw"}
	platforms  = []string{"android", "ios"}
	versions   = appVersions(30)

	// hourWeights is a day's rhythm: a night, a morning, a higher evening.
	hourWeights = []float64{1, .6, .4, .3, .3, .5, 1, 2, 3, 3.5, 3.6, 3.8, 4, 4, 3.8, 3.6, 3.7, 4, 4.6, 5, 5.2, 4.6, 3.2, 1.8}
)

const (
	purchase = 10 // in eventTypes
	cartAdd  = 9

	businesses = 50_000
)

var (
	byEvent    = newChoice(eventWeights)
	byCategory = newChoice(zipf(len(categories), 0.9))
	byCountry  = newChoice(zipf(len(countries), 1))
	byBusiness = newChoice(zipf(businesses, 0.8))
	byAge      = newChoice(ageWeights)
	byLanguage = newChoice(zipf(len(languages), 0.8))
	byHour     = newChoice(hourWeights)
)

func numbered(format string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

func tenEach(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, numbered(name+"/%02d", 10)...)
	}
	return all
}

func appVersions(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("2.%d.%d", 26+i/6, i%6))
	}
	return all
}

// addWide writes 43 bytes, a form that engines keep no numbers for.
func addWide(w *world, text []byte, person uint64) []byte {
	return addHex(w, append(text, "urn:person:"...), person)
}
