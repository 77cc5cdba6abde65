package main

import "time"

// alert is what is known of one alert: its newest state, under the fingerprint that Alertmanager makes of its labels.
type alert struct {
	Fingerprint  string            `json:"fingerprint"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
	StartsAt     time.Time         `json:"startsAt"`
	// EndsAt is zero while the alert is open.
	EndsAt time.Time `json:"endsAt,omitzero"`
	// ToldAt is when a notification last counted, by our clock.
	ToldAt time.Time `json:"toldAt"`
	// ToldBy is the webhook-id of that notification.
	ToldBy string `json:"toldBy"`
}

// IsOpen is for the page, too.
func (a alert) IsOpen() bool { return a.EndsAt.IsZero() }

// change is what a notification made of an alert, if anything.
type change string

const (
	unchanged change = ""
	raised    change = "raised"
	resolved  change = "resolved"
)

// after gives the state of an alert once it was told of: notifications come repeatedly and in any order.
//
// A resolve is a change only of an alert that is open. Of one that was never raised here, because the resolve overtook
// it, only the state is kept, so that the notification that comes too late raises nothing.
func (known alert) after(told alert) (alert, change) {
	switch {
	case known.Fingerprint == "" && told.IsOpen():
		return told, raised
	case known.Fingerprint == "":
		return told, unchanged
	case !told.isNewerThan(known):
		return known, unchanged
	case told.IsOpen() && !known.IsOpen():
		return told, raised
	case !told.IsOpen() && known.IsOpen():
		// A resolve may come without the annotations.
		known.EndsAt, known.ToldAt, known.ToldBy = told.EndsAt, told.ToldAt, told.ToldBy
		return known, resolved
	default:
		return told, unchanged
	}
}

// isNewerThan decides by the alert's own times where they are proof, and by the order in which Posthorn took the
// notifications in elsewhere: its ids begin with that time, in steps of 4 ms, and sort by it as text.
//
// The times alone do not suffice: an alert that Alertmanager resolved because it heard no more of it comes back with
// the same startsAt, and looks like a notification from before the resolve. Nor does webhook-timestamp, which is the
// time of the attempt: a notification that is retried has a later one than those that overtook it.
func (told alert) isNewerThan(known alert) bool {
	switch {
	case told.IsOpen() && !known.IsOpen() && told.StartsAt.After(known.EndsAt):
		return true
	case !told.IsOpen() && known.IsOpen() && told.EndsAt.Before(known.StartsAt):
		return false
	default:
		return told.ToldBy > known.ToldBy
	}
}
