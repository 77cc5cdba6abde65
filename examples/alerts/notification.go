package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

var fingerprint = regexp.MustCompile(`^[0-9a-f]{16}$`)

// parseNotification reads what Alertmanager sends to a webhook (version 4), of a group of alerts.
//
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
func parseNotification(body []byte, id string, now time.Time) ([]alert, error) {
	var notification struct {
		Version string `json:"version"`
		Alerts  []struct {
			alert
			Status string `json:"status"`
		} `json:"alerts"`
	}
	if err := json.Unmarshal(body, &notification); err != nil {
		return nil, err
	}
	if notification.Version != "4" {
		return nil, fmt.Errorf("the version is %q and not \"4\"", notification.Version)
	}
	if len(notification.Alerts) == 0 {
		return nil, errors.New("there are no alerts")
	}
	alerts := make([]alert, 0, len(notification.Alerts))
	for _, told := range notification.Alerts {
		if !fingerprint.MatchString(told.Fingerprint) || told.StartsAt.IsZero() {
			return nil, errors.New("an alert lacks its fingerprint or startsAt")
		}
		switch told.Status {
		case "firing":
			told.EndsAt = time.Time{}
		case "resolved":
			if told.EndsAt.IsZero() {
				return nil, errors.New("a resolved alert lacks its endsAt")
			}
		default:
			return nil, fmt.Errorf("the status of an alert is %q", told.Status)
		}
		told.ToldAt, told.ToldBy = now, id
		alerts = append(alerts, told.alert)
	}
	return alerts, nil
}
