package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func at(minute int) time.Time {
	return time.Date(2026, time.July, 14, 12, minute, 0, 0, time.UTC)
}

func firing(id string, startsAt int) alert {
	return alert{Fingerprint: "b915815a9d04c3be", StartsAt: at(startsAt), ToldBy: id}
}

func ended(id string, startsAt, endsAt int) alert {
	told := firing(id, startsAt)
	told.EndsAt = at(endsAt)
	return told
}

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		name string
		told []alert
		want []change
	}{
		{"raised once, however often it is repeated",
			[]alert{firing("1", 0), firing("2", 0), firing("3", 0)},
			[]change{raised, unchanged, unchanged}},
		{"resolved once",
			[]alert{firing("1", 0), ended("2", 0, 5), ended("3", 0, 5)},
			[]change{raised, resolved, unchanged}},
		{"not raised by what is older than the resolve",
			[]alert{firing("1", 0), ended("3", 0, 5), firing("2", 0)},
			[]change{raised, resolved, unchanged}},
		{"not raised by what the resolve overtook",
			[]alert{ended("2", 0, 5), firing("1", 0)},
			[]change{unchanged, unchanged}},
		{"raised again where it starts again",
			[]alert{firing("1", 0), ended("2", 0, 5), firing("3", 6), ended("4", 6, 7)},
			[]change{raised, resolved, raised, resolved}},
		{"raised again where it comes back with the same start",
			[]alert{firing("1", 0), ended("2", 0, 5), firing("3", 0), ended("4", 0, 8)},
			[]change{raised, resolved, raised, resolved}},
		{"not resolved by the resolve of an earlier time, whatever the ids say",
			[]alert{firing("1", 6), ended("2", 0, 5), ended("3", 6, 7)},
			[]change{raised, unchanged, resolved}},
		{"raised by a start after its end, whatever the ids say",
			[]alert{ended("2", 0, 5), firing("1", 6)},
			[]change{unchanged, raised}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var state alert
			var got []change
			for _, told := range c.told {
				var made change
				state, made = state.after(told)
				got = append(got, made)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryOrderEndsInTheSameState(t *testing.T) {
	history := []alert{
		firing("1", 0), firing("2", 0), ended("3", 0, 5), firing("4", 0), ended("5", 0, 8), firing("6", 9), ended("7", 9, 10),
	}
	for length := 1; length <= len(history); length++ {
		want := history[length-1]
		for order := range permutations(slices.Clone(history[:length])) {
			var state alert
			balance := 0
			for _, told := range order {
				var made change
				state, made = state.after(told)
				switch made {
				case raised:
					balance++
				case resolved:
					balance--
				}
				if balance < 0 || balance > 1 || state.IsOpen() != (balance == 1) {
					t.Fatalf("%v: open is %v after %d more raises than resolves", order, state.IsOpen(), balance)
				}
			}
			if state.ToldBy != want.ToldBy || !state.EndsAt.Equal(want.EndsAt) {
				t.Fatalf("%v: got %v, want %v", order, state, want)
			}
		}
	}
}

// permutations gives every order of the items, in the one slice that it was given (Heap's algorithm).
func permutations(items []alert) func(yield func([]alert) bool) {
	return func(yield func([]alert) bool) {
		var permute func(count int) bool
		permute = func(count int) bool {
			if count <= 1 {
				return yield(items)
			}
			for each := range count {
				if !permute(count - 1) {
					return false
				}
				swapped := 0
				if count%2 == 0 {
					swapped = each
				}
				items[swapped], items[count-1] = items[count-1], items[swapped]
			}
			return true
		}
		permute(len(items))
	}
}

func TestNotificationsThatAreNone(t *testing.T) {
	const good = `"fingerprint":"b915815a9d04c3be","startsAt":"2026-07-14T12:00:00Z"`
	for _, body := range []string{
		``, `[]`, `null`, `{"version":"4"}`, `{"version":"4","alerts":[]}`, `{"version":4,"alerts":[]}`,
		fmt.Sprintf(`{"version":"3","alerts":[{"status":"firing",%s}]}`, good),
		`{"version":"4","alerts":[{"status":"firing","startsAt":"2026-07-14T12:00:00Z"}]}`,
		`{"version":"4","alerts":[{"status":"firing","fingerprint":"b915815a9d04c3be"}]}`,
		fmt.Sprintf(`{"version":"4","alerts":[{%s}]}`, good),
		fmt.Sprintf(`{"version":"4","alerts":[{"status":"resolved",%s}]}`, good),
		fmt.Sprintf(`{"version":"4","alerts":[{"status":"firing",%s},{"status":"pending",%s}]}`, good, good),
	} {
		if told, err := parseNotification([]byte(body), "1", at(0)); err == nil {
			t.Errorf("%s was taken for %v", body, told)
		}
	}
}
