// Package report shows what the reconciler did where people look for it. Pure
// functions render a status; GitHub brings it to a forge, at the forge's pace
// and never at the reconciler's expense.
package report
