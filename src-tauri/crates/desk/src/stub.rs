//! stub
use crate::{Desk, commands::*};
impl Desk {
    pub async fn overview(&self, _: Nothing) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn introduce(&self, _: Introduce) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn open_demo(&self, _: Nothing) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn new_book(&self, _: NewBook) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn open_book(&self, _: OpenBook) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn close_book(&self, _: Nothing) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn connect_stripe(&self, _: StripeKey) -> Result<StripeCheck, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn check_stripe(&self, _: Nothing) -> Result<StripeCheck, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn begin_signin(&self, _: BeginSignin) -> Result<SigninStatus, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn signin_status(&self, _: Nothing) -> Result<SigninStatus, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn cancel_signin(&self, _: Nothing) -> Result<SigninStatus, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn companies(&self, _: EnvironmentName) -> Result<Companies, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn choose_company(&self, _: ChooseCompany) -> Result<Overview, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn fetch(&self, _: Nothing) -> Result<Progress, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn progress(&self, _: Nothing) -> Result<Progress, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn stop(&self, _: Stop) -> Result<Progress, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn review_rows(&self, _: ReviewWindow) -> Result<ReviewRows, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn explain(&self, _: RowKey) -> Result<Explanation, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn candidates(&self, _: RowKey) -> Result<Candidates, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn choose(&self, _: Choose) -> Result<Changed, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn signable(&self, _: ReviewQuery) -> Result<Signable, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn countersign(&self, _: Countersign) -> Result<Changed, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn undo(&self, _: RowKeys) -> Result<Changed, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn decline(&self, _: Decline) -> Result<Changed, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn reopen(&self, _: RowKeys) -> Result<Changed, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn draft_rows(&self, _: DraftWindow) -> Result<DraftRows, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn draft(&self, _: DraftKey) -> Result<DraftPaper, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn basket(&self, _: Nothing) -> Result<Basket, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn write(&self, _: Nothing) -> Result<Progress, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn ask_unknown(&self, _: Nothing) -> Result<Progress, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn trail(&self, _: TrailWindow) -> Result<Trail, Problem> {
        Err(Problem::new(Code::Internal))
    }
    pub async fn save_report(&self, _: Nothing) -> Result<SavedReport, Problem> {
        Err(Problem::new(Code::Internal))
    }
}
