// SPDX-License-Identifier: Apache-2.0

package workload

import "fmt"

var (
	chat   = types("business_chat_opened", "click_to_chat")
	shop   = types("catalog_view", "cart_add", "purchase", "product_shared")
	buy    = types("purchase")
	europe = countries("DE", "GB", "IT", "ES", "FR", "NL", "PL", "PT", "BE", "SE", "CH", "AT", "IE")
	latin  = countries("BR", "MX", "AR", "CO", "PE", "CL", "EC")
)

// w50 is the reference workload: fifty audiences as they are asked for, of
// recency, frequency, money, taste, place, and what people did not do.
func w50() []Segment {
	blocked := types("business_blocked")
	return []Segment{
		{"active_1d", once(hours(24))},
		{"active_7d", once(days(7))},
		{"active_36h_twice", times(2, hours(36))},
		{"heavy_30d", times(20)},
		{"lapsed_14d", all(once(), not(once(days(14))))},

		{"chat_7d", once(chat, days(7))},
		{"chat_3x_30d", times(3, chat)},
		{"chat_not_buy", all(once(chat, days(30)), not(once(buy)))},
		{"c2c_14d", once(types("click_to_chat"), days(14))},
		{"c2c_2x_7d", times(2, types("click_to_chat"), days(7))},

		{"catalog_5x_30d", times(5, types("catalog_view"))},
		{"catalog_7d", once(types("catalog_view"), days(7))},
		{"cart_abandon_7d", all(once(types("cart_add"), days(7)), not(once(buy, days(7))))},
		{"buyer_30d", once(buy)},
		{"buyer_2x", times(2, buy)},
		{"buyer_3d", once(buy, days(3))},
		{"spend_50", spent(50_00)},
		{"spend_200", spent(200_00)},
		{"spend_500_14d", spent(500_00, days(14))},
		{"spend_100_latam", spent(100_00, latin)},
		{"spend_elec_30", spent(30_00, section("electronics"))},

		{"apparel_any", once(section("apparel"))},
		{"apparel_3x_14d", times(3, section("apparel"), days(14))},
		{"beauty_shop", once(shop, section("beauty"))},
		{"books_or_music", anyOf(once(section("books")), once(section("music")))},
		{"elec_catalog_2x", times(2, types("catalog_view"), section("electronics"))},
		{"travel_7d", once(section("travel"), days(7))},
		{"travel_eu", once(section("travel"), europe)},
		{"games_ios", once(section("games"), platform("ios"))},
		{"finance_chat", once(chat, section("finance"))},
		{"auto_intent", all(times(2, section("auto"), days(21)), once(types("ad_click", "click_to_chat"), section("auto")))},
		{"food_order_track", all(once(types("order_update_opened"), days(14)), once(section("food"), days(14)))},
		{"kids_family", all(once(section("kids")), anyOf(once(section("home")), once(section("pets"))))},

		{"in_active_7d", once(countries("IN"), days(7))},
		{"br_chat", once(chat, countries("BR"))},
		{"us_ios_shop", once(shop, countries("US"), platform("ios"))},
		{"eu_active_3d", once(europe, days(3))},
		{"latam_catalog_2x", times(2, types("catalog_view"), latin)},
		{"roamer", all(once(countries("IN")), once(countries("AE", "SA", "GB", "US")))},

		{"ad_seen_no_click", all(times(2, types("ad_impression"), days(14)), not(once(types("ad_click"), days(14))))},
		{"ad_clicker", times(2, types("ad_click"))},
		{"ad_click_buy", all(once(types("ad_click")), once(buy))},
		{"sharer", once(types("product_shared"), days(14))},
		{"blocker", once(blocked)},
		{"reachable_chatters", all(once(chat, days(14)), not(once(blocked)))},
		{"win_back", all(times(2, chat), not(once(chat, days(10))), not(once(blocked)))},

		{"en_speakers_active_3d", all(profile("language", "en"), once(days(3)))},
		{"adult_finance", all(not(profile("age_band", "13-17")), profile("age_band", "25-34", "35-44", "45-54"), times(2, section("finance")))},
		{"es_pt_fashion", all(profile("language", "es", "pt"), anyOf(once(section("apparel"), days(14)), once(section("jewelry"), days(14))))},
		{"vip", all(spent(300_00), anyOf(times(10, types("business_chat_opened", "click_to_chat", "catalog_view", "cart_add", "purchase", "product_shared")), times(3, buy)), not(once(blocked, days(21))))},
	}
}

// many is the reference workload and more segments of its kinds, always the
// same ones, up to n.
func many(n int) []Segment {
	s := w50()
	d := dice(7)
	for len(s) < n {
		var r Rule
		switch d.roll(3) {
		case 0:
			r = d.atom()
		case 1:
			r = all(d.atom(), not(d.atom()))
		default:
			r = anyOf(d.atom(), d.atom())
		}
		s = append(s, Segment{fmt.Sprintf("x%03d", len(s)), r})
	}
	return s[:n]
}

// dice are numbers that look random and are the same in every run: that a
// workload is repeated exactly matters here, that it is random does not.
type dice uint64

func (d *dice) roll(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
	return int(uint64(*d) >> 33 % uint64(n))
}

var (
	sections = []string{"apparel", "art", "auto", "beauty", "books", "electronics", "finance", "food", "games", "garden",
		"health", "home", "jewelry", "kids", "music", "office", "pets", "services", "sports", "travel"}
	kinds = []string{"business_chat_opened", "click_to_chat", "catalog_view", "cart_add", "purchase", "product_shared",
		"ad_click", "ad_impression", "order_update_opened"}
)

func (d *dice) atom() Rule {
	c := []condition{section(sections[d.roll(len(sections))]), days([]int{3, 7, 14, 21, 30}[d.roll(5)])}
	if d.roll(2) == 0 {
		first := d.roll(len(kinds))
		c = append(c, types(kinds[first], kinds[(first+1+d.roll(len(kinds)-1))%len(kinds)]))
	}
	switch d.roll(4) {
	case 0:
		c = append(c, europe)
	case 1:
		c = append(c, latin)
	}
	return times([]int{1, 1, 2, 3}[d.roll(4)], c...)
}
