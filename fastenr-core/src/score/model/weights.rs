//! The numbers of a model by what they are about.

use super::{Curve, Model, Points};
use crate::model::Size;
use crate::score::factor::{ChurnFactor, Component, Factor};
use crate::score::term::Term;

impl Model {
    /// The weight of a factor within its component.
    pub const fn weight(&self, factor: Factor) -> Points {
        let health = &self.health;
        match factor {
            Factor::LoginFrequency => health.product_usage.login_frequency.weight,
            Factor::FeatureAdoption => health.product_usage.feature_adoption.weight,
            Factor::SessionDuration => health.product_usage.session_duration.weight,
            Factor::UserActivity => health.product_usage.user_activity.weight,
            Factor::Training => health.product_usage.training.weight,
            Factor::TicketVolume => health.support.ticket_volume.weight,
            Factor::TicketSeverity => health.support.ticket_severity.weight,
            Factor::ResolutionTime => health.support.resolution_time.weight,
            Factor::Csat => health.support.csat.weight,
            Factor::MeetingFrequency => health.engagement.meeting_frequency.weight,
            Factor::ResponseRate => health.engagement.response_rate.weight,
            Factor::Outcomes => health.engagement.outcomes.weight,
            Factor::Stakeholders => health.engagement.stakeholders.weight,
            Factor::ContractValue => health.business.contract_value.weight,
            Factor::Payment => health.business.payment.weight,
            Factor::Expansion => health.business.expansion.weight,
            Factor::Renewal => health.business.renewal.weight,
        }
    }

    /// The weight of a component within health.
    pub const fn component_weight(&self, component: Component) -> Points {
        match component {
            Component::ProductUsage => self.health.product_usage.weight,
            Component::Support => self.health.support.weight,
            Component::Engagement => self.health.engagement.weight,
            Component::Business => self.health.business.weight,
        }
    }

    /// The weight of a factor within churn risk.
    pub const fn churn_weight(&self, factor: ChurnFactor) -> Points {
        match factor {
            ChurnFactor::DecliningHealth => self.churn.declining_health.weight,
            ChurnFactor::ReducedEngagement => self.churn.reduced_engagement.weight,
            ChurnFactor::SupportEscalations => self.churn.support_escalations.weight,
            ChurnFactor::ContractPayment => self.churn.contract_payment.weight,
            ChurnFactor::Competitive => self.churn.competitive.weight,
        }
    }

    /// The curve that turns a number into a score, to write a fitted one; none where a factor has no curve for it.
    pub(crate) const fn curve_mut(&mut self, term: Term) -> Option<&mut Curve> {
        let health = &mut self.health;
        Some(match term {
            Term::LoginsPerSeat => &mut health.product_usage.login_frequency.per_seat,
            Term::Logins => &mut health.product_usage.login_frequency.absolute,
            Term::Adoption => &mut health.product_usage.feature_adoption.curve,
            Term::SessionRatio => &mut health.product_usage.session_duration.ratio,
            Term::SessionMinutes => &mut health.product_usage.session_duration.minutes,
            Term::ActiveUsers => &mut health.product_usage.user_activity.curve,
            Term::Training => &mut health.product_usage.training.curve,
            Term::Tickets => &mut health.support.ticket_volume.curve,
            Term::Resolution => &mut health.support.resolution_time.curve,
            Term::Csat => &mut health.support.csat.curve,
            Term::Answered => &mut health.engagement.response_rate.curve,
            Term::PastDue => &mut health.business.payment.curve,
            Term::Growth => &mut health.business.expansion.curve,
            Term::RenewalDays => &mut health.business.renewal.days,
            Term::Severity | Term::Met | Term::Outcomes | Term::Stakeholders | Term::Rank | Term::RenewalStage => {
                return None;
            }
        })
    }

    /// The weight of a factor within its component, to write a fitted one.
    pub(crate) const fn weight_mut(&mut self, factor: Factor) -> &mut Points {
        let health = &mut self.health;
        match factor {
            Factor::LoginFrequency => &mut health.product_usage.login_frequency.weight,
            Factor::FeatureAdoption => &mut health.product_usage.feature_adoption.weight,
            Factor::SessionDuration => &mut health.product_usage.session_duration.weight,
            Factor::UserActivity => &mut health.product_usage.user_activity.weight,
            Factor::Training => &mut health.product_usage.training.weight,
            Factor::TicketVolume => &mut health.support.ticket_volume.weight,
            Factor::TicketSeverity => &mut health.support.ticket_severity.weight,
            Factor::ResolutionTime => &mut health.support.resolution_time.weight,
            Factor::Csat => &mut health.support.csat.weight,
            Factor::MeetingFrequency => &mut health.engagement.meeting_frequency.weight,
            Factor::ResponseRate => &mut health.engagement.response_rate.weight,
            Factor::Outcomes => &mut health.engagement.outcomes.weight,
            Factor::Stakeholders => &mut health.engagement.stakeholders.weight,
            Factor::ContractValue => &mut health.business.contract_value.weight,
            Factor::Payment => &mut health.business.payment.weight,
            Factor::Expansion => &mut health.business.expansion.weight,
            Factor::Renewal => &mut health.business.renewal.weight,
        }
    }

    /// Likewise of a component.
    pub(crate) const fn component_weight_mut(&mut self, component: Component) -> &mut Points {
        match component {
            Component::ProductUsage => &mut self.health.product_usage.weight,
            Component::Support => &mut self.health.support.weight,
            Component::Engagement => &mut self.health.engagement.weight,
            Component::Business => &mut self.health.business.weight,
        }
    }

    /// Days without a touch at the three steps, for accounts of the size; none: there is no cadence.
    pub fn cadence(&self, size: Option<Size>) -> Option<[i64; 3]> {
        let touch = &self.touch;
        let days = match size {
            Some(Size::Startup) => &touch.startup,
            Some(Size::Small) => &touch.small,
            Some(Size::Medium) => &touch.medium,
            Some(Size::Large) => &touch.large,
            Some(Size::Enterprise) => &touch.enterprise,
            None => &touch.unknown,
        };
        <[i64; 3]>::try_from(days.as_slice()).ok()
    }
}
